import type { ResourceChange } from "../plan/plan.ts";
import {
  type Attributes,
  blocksOf,
  byName,
  isUnknownOrHidden,
  numberOf,
  textOf,
  valueAt,
} from "../plan/value.ts";
import { CARE, type Rule, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** A table's billing mode, capacity or on-demand limits change. */
export const capacityChange: Rule = {
  name: "capacity-change",
  finds: [
    { level: CARE, what: "the billing mode changes, the capacity is lowered, or an on-demand limit changes" },
  ],
  judges: {
    aws_dynamodb_table: [
      "billing_mode",
      "global_secondary_index.on_demand_throughput.max_read_request_units",
      "global_secondary_index.on_demand_throughput.max_write_request_units",
      "global_secondary_index.read_capacity",
      "global_secondary_index.write_capacity",
      "on_demand_throughput.max_read_request_units",
      "on_demand_throughput.max_write_request_units",
      "read_capacity",
      "write_capacity",
    ],
  },
  reason: "A table with too little capacity throttles its readers and writers; more capacity can cost more.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/switching.capacitymode.html",
  check: (plan) =>
    plan
      .updated("aws_dynamodb_table")
      .flatMap((change) => checkBilling(change) ?? [...checkCapacity(change), ...checkLimits(change)]),
};

const isOnDemand = (table: Attributes | undefined) => textOf(table, "billing_mode") === "PAY_PER_REQUEST";

function checkBilling(change: ResourceChange): RuleFinding | undefined {
  const { before, after } = change;
  if (textOf(after, "billing_mode") === undefined || isOnDemand(before) === isOnDemand(after))
    return undefined;
  if (isOnDemand(after))
    return {
      change,
      level: CARE,
      what: `Table ${nameOf(change)} changes from provisioned to on-demand: every request is charged, and no capacity is set.`,
      why: "DynamoDB allows four switches to on-demand in 24 hours. After the switch the table supports at least its provisioned capacity, but costs more under steady load.",
      instead:
        "Compare the cost of the table's consumed capacity in both modes, and set on-demand limits if nothing else limits the cost.",
    };
  const units = `${numberOf(after, "read_capacity") ?? 0} read and ${numberOf(after, "write_capacity") ?? 0} write units`;
  return {
    change,
    level: CARE,
    what: `Table ${nameOf(change)} changes from on-demand to provisioned, with ${units} per second.`,
    why: "Requests above the capacity are throttled. The provider has been seen to switch with a capacity of 1 and to set the configured capacity only afterwards (hashicorp/terraform-provider-aws#38100), and you can switch back only four times in 24 hours.",
    instead:
      "Set the capacity of the table and of each index to the peak consumption that CloudWatch shows. Switch at a quiet time, and check the capacity in AWS right afterwards.",
  };
}

function checkCapacity(change: ResourceChange): RuleFinding[] {
  if (isOnDemand(change.after)) return [];
  return capacities(change)
    .filter(({ from, to }) => to < from)
    .map(({ part, unit, from, to }) => ({
      change,
      level: CARE,
      what: `The ${unit} capacity of ${part} is lowered from ${from} to ${to} units per second.`,
      why: "Requests above the capacity are throttled. DynamoDB allows only a few decreases a day, and if auto scaling has raised the capacity, this lowers it in the middle of the load.",
      instead: "First check the consumed capacity of the last two weeks, at its highest minute.",
    }));
}

/** The table, and its indexes that exist before and after. */
function partsOf(change: ResourceChange) {
  const { before, after } = change;
  const table = `table ${nameOf(change)}`;
  const oldIndexes = byName(blocksOf(before, "global_secondary_index"));
  const indexes = [...byName(blocksOf(after, "global_secondary_index"))].flatMap(([name, index]) => {
    const old = oldIndexes.get(name);
    return old ? [{ part: `index ${name} of ${table}`, before: old, after: index }] : [];
  });
  return [{ part: table, before, after }, ...indexes];
}

const UNITS = ["read", "write"] as const;

const capacities = (change: ResourceChange) =>
  partsOf(change).flatMap(({ part, before, after }) =>
    UNITS.map((unit) => ({
      part,
      unit,
      from: numberOf(before, `${unit}_capacity`) ?? 0,
      to: numberOf(after, `${unit}_capacity`) ?? Number.POSITIVE_INFINITY,
    })),
  );

const checkLimits = (change: ResourceChange): RuleFinding[] =>
  partsOf(change).flatMap(({ part, before, after }) =>
    UNITS.flatMap((unit): RuleFinding | [] => {
      const [from, to] = [limitOf(before, unit), limitOf(after, unit)];
      if (from === undefined || to === undefined || from === to) return [];
      return {
        change,
        level: CARE,
        what: `The on-demand ${unit} limit of ${part} changes from ${formatLimit(from)} to ${formatLimit(to)}.`,
        why:
          to < from
            ? "Requests above the limit are throttled."
            : "The limit caps the cost of a loop or an attack.",
        instead:
          to < from
            ? "First check the highest consumed capacity of the last two weeks, and stay well above it."
            : "Raise it to what is expected, and set an alarm on the consumed capacity.",
      };
    }),
  );

/** Units per second. The provider writes "no limit" as -1 or leaves it out; one that isn't known yet is undefined. */
function limitOf(part: Attributes | undefined, unit: "read" | "write"): number | undefined {
  const limit = valueAt(part, `on_demand_throughput.max_${unit}_request_units`);
  if (isUnknownOrHidden(limit)) return undefined;
  return typeof limit === "number" && limit >= 0 ? limit : Number.POSITIVE_INFINITY;
}

const formatLimit = (limit: number) => (Number.isFinite(limit) ? `${limit} units per second` : "unlimited");
