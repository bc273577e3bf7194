import type { ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import { replicaRegions } from "./replica-regions.ts";
import { BLOCKED, type Rule, type RuleFinding } from "./rule.ts";
import { deletedOrReplaced, isRemoved, nameOf } from "./wording.ts";

/** A table's replica in another region is removed. */
export const replicaRemoved: Rule = {
  name: "replica-removed",
  finds: [
    { level: BLOCKED, what: "a replica in another region is deleted, replaced or removed from the state" },
  ],
  judges: {
    aws_dynamodb_table: ["replica.region_name"],
    aws_dynamodb_table_replica: ["global_table_arn", "kms_key_arn", "table_class_override"],
  },
  reason:
    "A removed replica is deleted with its items: readers and writers in that region fail at once, and writes that it had not replicated yet are lost.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
  check: (plan) => [
    ...plan.updated("aws_dynamodb_table").flatMap(checkTable),
    ...plan
      .ofType("aws_dynamodb_table_replica")
      .filter(isRemoved)
      .map((change) =>
        removed(change, textOf(change.before, "arn") ?? change.address, describeRemoval(change)),
      ),
  ],
};

const checkTable = (change: ResourceChange): RuleFinding[] =>
  replicaRegions(change).removed.map((region) =>
    removed(change, `of table ${nameOf(change)} in ${region ?? "another region"}`),
  );

const describeRemoval = (change: ResourceChange): string =>
  change.action === "forget"
    ? "removed from Terraform's state: it stays in AWS, but nothing manages its settings any more"
    : deletedOrReplaced(change);

const removed = (change: ResourceChange, which: string, happens = "deleted"): RuleFinding => ({
  change,
  level: BLOCKED,
  what: `The replica ${which} is ${happens}.`,
  instead:
    "First move that region's readers and writers to another region, and wait until its ReplicationLatency and consumed capacity are zero. Then remove it with an exception.",
});
