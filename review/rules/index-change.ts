import type { ResourceChange } from "../plan/plan.ts";
import { BLOCKED, CARE, type RuleFinding, type Rule } from "./rule.ts";
import { type Attributes, blocksOf, isUnknownOrHidden, textOf, textsOf } from "../plan/value.ts";

/** A global index that goes or is made anew, or more of them at once than DynamoDB changes in one go. */
export const indexChange: Rule = {
  name: "index-change",
  reason:
    "An index that is removed fails every query on it at once; one with other keys or projection is removed and filled anew, which takes minutes to hours, and queries fail until it is done.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html",
  check: (plan) =>
    plan
      .ofType("aws_dynamodb_table")
      .filter(({ action }) => action === "update")
      .flatMap(checkTable),
};

function checkTable(change: ResourceChange): RuleFinding[] {
  // An unknown set of indexes is for the rule on what is unproven.
  if (isUnknownOrHidden(change.after?.["global_secondary_index"])) return [];
  const [before, after] = [byName(change.before), byName(change.after)];
  const removed = [...before.keys()].filter((name) => !after.has(name));
  const created = [...after.keys()].filter((name) => !before.has(name));
  const remade = [...after].flatMap(([name, index]) => {
    const old = before.get(name);
    const differences = old ? differencesOf(old, index) : [];
    return differences.length > 0 ? [{ name, differences }] : [];
  });
  const table = textOf(change.before, "name") ?? change.address;
  const steps = removed.length + created.length + 2 * remade.length;
  return [
    ...removed.map((name) => indexRemoved(change, table, name)),
    ...remade.map(({ name, differences }) => indexRemade(change, table, name, differences)),
    ...(steps > 1 ? [severalAtOnce(change, table, removed.length + created.length + remade.length)] : []),
  ];
}

const byName = (table: Attributes | undefined): ReadonlyMap<string, Attributes> =>
  new Map(
    blocksOf(table, "global_secondary_index").map((index) => [textOf(index, "name") ?? "", index] as const),
  );

function differencesOf(before: Attributes, after: Attributes): string[] {
  const differences = ["hash_key", "range_key", "projection_type"].flatMap((attribute) => {
    if (isUnknownOrHidden(after[attribute])) return [];
    const [old, renewed] = [textOf(before, attribute) ?? "none", textOf(after, attribute) ?? "none"];
    return old === renewed ? [] : [`${attribute} from ${old} to ${renewed}`];
  });
  const [old, renewed] = [before, after].map((index) =>
    [...textsOf(index, "non_key_attributes")].sort().join(", "),
  );
  if (old !== renewed) differences.push(`projected attributes from [${old ?? ""}] to [${renewed ?? ""}]`);
  return differences;
}

const indexRemoved = (change: ResourceChange, table: string, index: string): RuleFinding => ({
  change,
  level: BLOCKED,
  what: `Index ${index} of table ${table} is removed.`,
  instead:
    "First deploy code that doesn't query it, and see its ConsumedReadCapacityUnits stay at zero; then remove it in a change of its own, with an exception.",
});

const indexRemade = (
  change: ResourceChange,
  table: string,
  index: string,
  differences: string[],
): RuleFinding => ({
  change,
  level: BLOCKED,
  what: `Index ${index} of table ${table} is removed and made anew: ${differences.join("; ")}.`,
  instead:
    "Add a second index with the new keys under another name, wait until it is ACTIVE, move the queries over, and remove the first one after that.",
});

const severalAtOnce = (change: ResourceChange, table: string, indexes: number): RuleFinding => ({
  change,
  level: CARE,
  what: `${indexes === 1 ? "An index is removed and made anew" : `${indexes} indexes are created or removed`} on table ${table} in one apply.`,
  why: "DynamoDB creates or removes one index at a time: the apply waits for each to be filled, may run into its time limit, and then leaves the table half-way.",
  instead: "One index per apply.",
});
