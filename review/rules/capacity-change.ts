import type { ResourceChange } from "../plan/plan.ts";
import { CARE, type RuleFinding, type Rule } from "./rule.ts";
import { type Attributes, blockOf, blocksOf, numberOf, textOf } from "../plan/value.ts";

/** How a table is paid for, and how much it can take. */
export const capacityChange: Rule = {
  name: "capacity-change",
  reason:
    "A table that can take less than it gets throttles its readers and writers; one that can take more can cost more.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/switching.capacitymode.html",
  check: (plan) =>
    plan
      .ofType("aws_dynamodb_table")
      .filter(({ action }) => action === "update")
      .flatMap((change) => {
        const flipped = billingFlipped(change);
        return flipped ? [flipped] : [...lowered(change), ...limits(change)];
      }),
};

const onDemand = (table: Attributes | undefined) => textOf(table, "billing_mode") === "PAY_PER_REQUEST";
const nameOf = ({ before, address }: ResourceChange) => textOf(before, "name") ?? address;

function billingFlipped(change: ResourceChange): RuleFinding | undefined {
  const { before, after } = change;
  if (textOf(after, "billing_mode") === undefined || onDemand(before) === onDemand(after)) return undefined;
  if (onDemand(after))
    return {
      change,
      level: CARE,
      what: `Table ${nameOf(change)} goes from provisioned to on-demand: each request is paid for, and no capacity is set.`,
      why: "DynamoDB allows four switches to on-demand in 24 hours; after a switch the table takes at least as much as its provisioned capacity did, and under steady load it costs more.",
      instead:
        "Compare the bill for the table's consumed capacity in both modes, and set on-demand limits if nothing else bounds the cost.",
    };
  const units = `${numberOf(after, "read_capacity") ?? 0} read and ${numberOf(after, "write_capacity") ?? 0} write units`;
  return {
    change,
    level: CARE,
    what: `Table ${nameOf(change)} goes from on-demand to provisioned, with ${units} a second.`,
    why: "What is above the capacity is throttled. The provider has been seen to switch with a capacity of 1 and to set the wanted one only after that (hashicorp/terraform-provider-aws#38100); and the way back is open only four times in 24 hours.",
    instead:
      "Set the capacity to what CloudWatch shows as consumed at peak, on the table and on each index; switch at a quiet hour, and look at the capacity in AWS right after.",
  };
}

function lowered(change: ResourceChange): RuleFinding[] {
  if (onDemand(change.after)) return [];
  return capacities(change).flatMap(({ of, unit, was, is }) =>
    is < was
      ? [
          {
            change,
            level: CARE,
            what: `${of} of table ${nameOf(change)} takes ${is} ${unit} units a second instead of ${was}.`,
            why: "What is above is throttled. DynamoDB lets capacity be lowered a few times a day only; and where auto scaling has raised it, this puts it back in the middle of the load.",
            instead: "Look at the consumed capacity of the last two weeks first, its highest minute.",
          },
        ]
      : [],
  );
}

/** The capacities of the table and of the indexes that it has before and after. */
function capacities({ before, after }: ResourceChange) {
  const indexes = blocksOf(after, "global_secondary_index").flatMap((index) => {
    const name = textOf(index, "name");
    const old = blocksOf(before, "global_secondary_index").find((other) => textOf(other, "name") === name);
    return old ? [{ of: `Index ${name ?? ""}`, old, renewed: index }] : [];
  });
  return [{ of: "The base", old: before, renewed: after }, ...indexes].flatMap(({ of, old, renewed }) =>
    (["read", "write"] as const).map((unit) => ({
      of,
      unit,
      was: numberOf(old, `${unit}_capacity`) ?? 0,
      is: numberOf(renewed, `${unit}_capacity`) ?? Number.POSITIVE_INFINITY,
    })),
  );
}

/** -1 and nothing both stand for no limit. */
const NO_LIMIT = Number.POSITIVE_INFINITY;

function limits(change: ResourceChange): RuleFinding[] {
  return (["read", "write"] as const).flatMap((unit) => {
    const [was, is] = [change.before, change.after].map((table) => {
      const limit = numberOf(blockOf(table, "on_demand_throughput"), `max_${unit}_request_units`) ?? -1;
      return limit < 0 ? NO_LIMIT : limit;
    });
    if (was === undefined || is === undefined || was === is) return [];
    const stricter = is < was;
    return [
      {
        change,
        level: CARE,
        what: `Table ${nameOf(change)} may use ${shown(is)} ${unit} units a second on demand instead of ${shown(was)}.`,
        why: stricter
          ? "What is above the limit is throttled."
          : "The limit is what bounds the cost of a loop or an attack.",
        instead: stricter
          ? "Look at the highest consumed capacity of the last two weeks first, and stay well above it."
          : "Raise it to what is expected, and set an alarm on the consumed capacity.",
      },
    ];
  });
}

const shown = (limit: number) => (limit === NO_LIMIT ? "unlimited" : `at most ${limit}`);
