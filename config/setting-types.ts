import { z } from "zod";

/** A whole number within AWS's limits, both ends included. */
export const wholeNumber = (minimum: number, maximum: number, unit: string) => {
  const error = `must be a whole number, ${minimum} to ${maximum} ${unit}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
};

/** One of a fixed list of values. */
export const oneOf = <const Values extends readonly (string | number)[]>(...values: Values) =>
  z.literal(values, { error: `must be one of ${values.map((value) => JSON.stringify(value)).join(", ")}` });

/** Text of one form; `form` finishes the sentence "must be …". */
export const text = (pattern: RegExp, form: string) => {
  const error = `must be ${form}`;
  return z.string({ error }).regex(pattern, { error });
};

/** A list of unlike values, `minimum` at the least. */
export const uniqueList = <Item extends z.ZodType>(item: Item, minimum: number, what: string) => {
  const error = `must be a list of at least ${minimum} ${what}, all different`;
  return z
    .array(item, { error })
    .min(minimum, { error })
    .refine((values) => new Set(values).size === values.length, { error });
};

/** On or off. */
export const trueOrFalse = z.boolean({ error: "must be true or false" });
