import { z } from "zod";
import { tableShapes, type TableName } from "../messaging/tables.ts";
import { cron, text, timezone, wholeNumber } from "./setting-types.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: of a table, without a request to AWS. */
export const MAXIMUM_UNITS = 40_000;

const units = (kind: "read" | "write") => wholeNumber(1, MAXIMUM_UNITS, `${kind} units a second`);

const scaling = (kind: "read" | "write") =>
  z.strictObject({
    /**
     * The scaler keeps the consumed capacity at this part of the provisioned one.
     * @change In place.
     */
    targetPercent: wholeNumber(20, 90, "percent"),
    /**
     * The scaler sets no fewer units a second.
     * @defaultValue required without `schedules`
     * @change In place; the scaler follows within minutes.
     */
    minimum: units(kind).optional(),
    /**
     * The scaler sets no more units a second; what is over them is throttled.
     * @defaultValue required without `schedules`
     * @change In place; the scaler follows within minutes.
     */
    maximum: units(kind).optional(),
    /**
     * Times at which the minimum and the maximum change, by name; at least two, since each holds until the next.
     * @defaultValue the minimum and the maximum are always the same
     * @change In place: what is changed holds from the next time of its schedule on.
     */
    schedules: z
      .record(
        text(/^[a-z][a-z0-9-]{0,31}$/, 'a name of at most 32 small letters, digits and "-", a letter first'),
        z.strictObject({
          /**
           * When it begins, as a cron expression.
           * @change In place.
           */
          cron,
          /**
           * The time zone of the cron expression.
           * @defaultValue "UTC"
           * @change In place.
           */
          timezone: timezone.optional(),
          /**
           * The scaler then sets no fewer units a second.
           * @change In place, from its next time on.
           */
          minimum: units(kind),
          /**
           * The scaler then sets no more units a second.
           * @change In place, from its next time on.
           */
          maximum: units(kind),
        }),
        { error: "must be schedules by name" },
      )
      .optional(),
  });

/** Settings for each index of a table, none of them required. */
function byIndex<Name extends TableName, Settings extends z.ZodType>(name: Name, settings: Settings) {
  type Index = keyof (typeof tableShapes)[Name]["indexes"];
  const entries = Object.keys(tableShapes[name].indexes).map((index) => [index, settings.optional()]);
  return z.strictObject(Object.fromEntries(entries) as Record<Index, z.ZodOptional<Settings>>);
}

const maxima = {
  /**
   * Maximum read units a second.
   * @defaultValue no limit
   * @change In place; needs care: what is over the limit is throttled. To leave it out again keeps it: raise it instead.
   */
  maximumReadUnits: units("read").optional(),
  /**
   * Maximum write units a second.
   * @defaultValue no limit
   * @change In place; needs care: what is over the limit is throttled. To leave it out again keeps it: raise it instead.
   */
  maximumWriteUnits: units("write").optional(),
};

const fixed = {
  /**
   * Read units a second.
   * @change In place; less needs care. DynamoDB allows a decrease four times a day, and once in each further hour without one.
   */
  readUnits: units("read"),
  /**
   * Write units a second.
   * @change In place; less needs care. DynamoDB allows a decrease four times a day, and once in each further hour without one.
   */
  writeUnits: units("write"),
};

const scaled = {
  /** Autoscaling of the reads. */
  read: scaling("read"),
  /** Autoscaling of the writes. */
  write: scaling("write"),
};

/** How a table's capacity is provided and paid for. */
export const billing = <Name extends TableName>(name: Name) =>
  z.discriminatedUnion(
    "mode",
    [
      z.strictObject({
        mode: z.literal("on-demand"),
        ...maxima,
        /**
         * An index's own maxima, by the index's name.
         * @defaultValue those of the table
         * @change In place; needs care: what is over the limit is throttled.
         */
        indexes: byIndex(name, z.strictObject(maxima)).optional(),
      }),
      z.strictObject({
        mode: z.literal("provisioned"),
        ...fixed,
        /**
         * An index's own units, by the index's name.
         * @defaultValue those of the table
         * @change In place; less needs care.
         */
        indexes: byIndex(name, z.strictObject(fixed)).optional(),
      }),
      z.strictObject({
        mode: z.literal("autoscaled"),
        ...scaled,
        /**
         * An index's own autoscaling, `read` and `write`, by the index's name.
         * @defaultValue that of the table
         * @change In place; the scaler follows within minutes.
         */
        indexes: byIndex(name, z.strictObject(scaled)).optional(),
      }),
    ],
    { error: 'must be "on-demand", "provisioned" or "autoscaled"' },
  );

/** How a table's capacity is provided, validated. */
export type Billing = z.output<ReturnType<typeof billing<"messages">>>;

/** How the scaler keeps the read or the write capacity of a table or an index. */
export type Scaling = z.output<ReturnType<typeof scaling>>;

/** The least and the most units a second that the scaler may set. */
export interface Limits {
  readonly minimum: number;
  readonly maximum: number;
}

/** The limits of a scaler, over all of its schedules. */
export function limitsOf({ minimum, maximum, schedules = {} }: Scaling): Limits {
  const limits = Object.values(schedules);
  return {
    minimum: Math.min(...limits.map((schedule) => schedule.minimum), minimum ?? Infinity),
    maximum: Math.max(...limits.map((schedule) => schedule.maximum), maximum ?? 0),
  };
}

/** The settings of an index, which are those of the table where it has none of its own. */
export const settingsOf = <Settings extends Billing>(billing: Settings, index?: string) =>
  (index === undefined ? undefined : ownSettings(billing, index)) ?? billing;

type OwnSettings<Settings extends Billing> = NonNullable<Settings["indexes"]>[keyof NonNullable<
  Settings["indexes"]
>];

const ownSettings = <Settings extends Billing>({ indexes }: Settings, index: string) =>
  indexes?.[index as keyof typeof indexes] as OwnSettings<Settings>;

/**
 * The units a second that a table, or an index, has: those that are provisioned, the scaler's minimum or maximum, or the
 * on-demand maximum; undefined on demand without one.
 * @param limit of the scaler.
 * @param index default: the table itself.
 */
export function unitsOf(
  billing: Billing,
  kind: "read" | "write",
  limit: keyof Limits,
  index?: string,
): number | undefined {
  if (billing.mode === "autoscaled") return limitsOf(settingsOf(billing, index)[kind])[limit];
  if (billing.mode === "provisioned") {
    const { readUnits, writeUnits } = settingsOf(billing, index);
    return kind === "read" ? readUnits : writeUnits;
  }
  const { maximumReadUnits, maximumWriteUnits } = settingsOf(billing, index);
  return kind === "read" ? maximumReadUnits : maximumWriteUnits;
}
