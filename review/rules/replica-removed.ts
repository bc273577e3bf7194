import type { ResourceChange } from "../plan/plan.ts";
import { BLOCKED, type RuleFinding, type Rule } from "./rule.ts";
import { blocksOf, isUnknownOrHidden, textOf } from "../plan/value.ts";

/** A replica of a table in another region that goes. */
export const replicaRemoved: Rule = {
  name: "replica-removed",
  reason:
    "A removed replica is deleted with its items: whoever reads or writes in that region fails at once, and what it hadn't passed on yet is lost.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
  check: (plan) => [
    ...plan
      .ofType("aws_dynamodb_table")
      .filter(({ action }) => action === "update")
      .flatMap(checkTable),
    ...plan
      .ofType("aws_dynamodb_table_replica")
      .filter(({ action }) => action === "delete" || action === "replace")
      .map((change) => removed(change, textOf(change.before, "arn") ?? change.address)),
  ],
};

function checkTable(change: ResourceChange): RuleFinding[] {
  if (isUnknownOrHidden(change.after?.["replica"])) return [];
  const kept = new Set(blocksOf(change.after, "replica").map((replica) => textOf(replica, "region_name")));
  const table = textOf(change.before, "name") ?? change.address;
  return blocksOf(change.before, "replica")
    .map((replica) => textOf(replica, "region_name"))
    .filter((region) => !kept.has(region))
    .map((region) => removed(change, `of table ${table} in ${region ?? "another region"}`));
}

const removed = (change: ResourceChange, which: string): RuleFinding => ({
  change,
  level: BLOCKED,
  what: `The replica ${which} is deleted.`,
  instead:
    "Move that region's readers and writers to another region first, see its ReplicationLatency and its consumed capacity at zero, then remove it with an exception.",
});
