import { z } from "zod";
import { isRegion, regionForm } from "./regions.ts";

/** A whole number from `minimum` to `maximum`, both included. */
export const wholeNumber = (minimum: number, maximum: number, unit: string) => {
  const error = `must be a whole number, ${minimum} to ${maximum} ${unit}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
};

/** Lists values as in code, for an error. */
export const quoted = (values: readonly (string | number)[]) =>
  values.map((value) => JSON.stringify(value)).join(", ");

/** One of the given values. */
export const oneOf = <const Values extends readonly (string | number)[]>(...values: Values) =>
  z.literal(values, { error: `must be one of ${quoted(values)}` });

/** Text that matches a pattern; `form` completes the error "must be …". Further rules apply only if it does. */
export const text = (pattern: RegExp, form: string) => {
  const error = `must be ${form}`;
  return z.string({ error }).regex(pattern, { error, abort: true });
};

/** A list without duplicates of at least `minimum` values. */
export const uniqueList = <Item extends z.ZodType>(item: Item, minimum: number, what: string) => {
  const error = `must be a list of at least ${minimum} ${what}, all different`;
  return z
    .array(item, { error })
    .min(minimum, { error })
    .refine((values) => new Set(values).size === values.length, { error });
};

/** An SNS topic. */
export const topicArn = text(
  /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
  "the ARN of an SNS topic",
);

export const trueOrFalse = z.boolean({ error: "must be true or false" });

/** A region of AWS. */
export const region = (example: string) =>
  text(/^[a-z]{2}(-[a-z]+)+-\d$/, `a region like "${example}"`).refine(isRegion, {
    error: () => `must be ${regionForm()}`,
  });

/**
 * A cron expression of AWS, in UTC unless a time zone is beside it.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
 */
export const cron = text(
  /^[\d*,/-]+ [\d*,/-]+ [\d*?,/LW-]+ [\dA-Z*,/-]+ [\dA-Z*?,/L#-]+ [\d*,/-]+$/,
  'a cron expression of six fields, like "0 18 * * ? *": minute, hour, day, month, weekday, year',
);

const TIME_ZONES = new Set(["UTC", ...Intl.supportedValuesOf("timeZone")]);

/** A time zone of the IANA database. */
export const timezone = text(/^/, 'a time zone like "America/Toronto"').refine(
  (zone) => TIME_ZONES.has(zone),
  { error: 'must be a time zone like "America/Toronto"' },
);

/** Who has access in AWS. */
export const principal = text(
  /^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)\/[\w+=,.@/-]{1,512})$/,
  'the ARN of a role, a user or an account, like "arn:aws:iam::111111111111:role/analytics"',
);
