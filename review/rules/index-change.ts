import type { ResourceChange } from "../plan/plan.ts";
import { type Attributes, blocksOf, byName, isUnknownOrHidden, textOf, textsOf } from "../plan/value.ts";
import { BLOCKED, CARE, type Rule, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** A global secondary index is removed or recreated, or one apply changes several indexes of a table. */
export const indexChange: Rule = {
  name: "index-change",
  finds: [
    {
      level: BLOCKED,
      what: "a global secondary index is removed, or recreated with other keys or another projection",
    },
    { level: CARE, what: "more than one index is created or removed in one apply" },
  ],
  judges: {
    aws_dynamodb_table: ["hash_key", "name", "non_key_attributes", "projection_type", "range_key"].map(
      (attribute) => `global_secondary_index.${attribute}`,
    ),
  },
  reason:
    "Queries on a removed index fail at once. An index with other keys or another projection is removed and created again, which takes minutes to hours; queries fail until it is ready.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html",
  check: (plan) => plan.updated("aws_dynamodb_table").flatMap(checkTable),
};

function checkTable(change: ResourceChange): RuleFinding[] {
  // The rule `unproven` reports indexes that are not known.
  if (isUnknownOrHidden(change.after?.["global_secondary_index"])) return [];
  const before = byName(blocksOf(change.before, "global_secondary_index"));
  const after = byName(blocksOf(change.after, "global_secondary_index"));
  const removed = [...before.keys()].filter((name) => !after.has(name));
  const created = [...after.keys()].filter((name) => !before.has(name));
  const recreated = [...after].flatMap(([name, index]) => {
    const old = before.get(name);
    const differences = old ? differencesBetween(old, index) : [];
    return differences.length > 0 ? [{ name, differences }] : [];
  });
  const table = nameOf(change);
  const count = removed.length + created.length + recreated.length;
  return [
    ...removed.map((name) => ({
      change,
      level: BLOCKED,
      what: `Index ${name} of table ${table} is removed.`,
      instead:
        "First deploy code that doesn't query it, and wait until its ConsumedReadCapacityUnits stay at zero. Then remove it in a separate change, with an exception.",
    })),
    ...recreated.map(({ name, differences }) => ({
      change,
      level: BLOCKED,
      what: `Index ${name} of table ${table} is recreated: ${differences.join("; ")}.`,
      instead:
        "Add a second index with the new keys under another name, wait until it is ACTIVE, switch the queries to it, and then remove the first one.",
    })),
    // A recreated index takes two steps.
    ...(count + recreated.length > 1 ? [severalAtOnce(change, table, count)] : []),
  ];
}

function differencesBetween(before: Attributes, after: Attributes): string[] {
  const differences = ["hash_key", "range_key", "projection_type"].flatMap((attribute) => {
    if (isUnknownOrHidden(after[attribute])) return [];
    const [from, to] = [textOf(before, attribute) ?? "none", textOf(after, attribute) ?? "none"];
    return from === to ? [] : [`${attribute} from ${from} to ${to}`];
  });
  const [from, to] = [projectedAttributes(before), projectedAttributes(after)];
  if (from !== to) differences.push(`projected attributes from [${from}] to [${to}]`);
  return differences;
}

const projectedAttributes = (index: Attributes) =>
  [...textsOf(index, "non_key_attributes")].sort().join(", ");

const severalAtOnce = (change: ResourceChange, table: string, indexes: number): RuleFinding => ({
  change,
  level: CARE,
  what:
    indexes === 1
      ? `An index of table ${table} is removed and created again in one apply.`
      : `${indexes} indexes of table ${table} are created, removed or recreated in one apply.`,
  why: "DynamoDB creates or removes one index at a time. The apply waits for each of them, may time out, and then leaves the table partly changed.",
  instead: "Change one index per apply.",
});
