import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import { replicaRegions } from "./replica-regions.ts";
import { CARE, type Rule, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** A table that exists gets a replica in another region. */
export const replicaAdded: Rule = {
  name: "replica-added",
  finds: [{ level: CARE, what: "a table that exists gets a replica in another region" }],
  judges: { aws_dynamodb_table: ["replica.region_name"] },
  judgesNew: ["aws_dynamodb_table_replica"],
  reason:
    "All items of the table are copied to that region, where other laws may apply and other people may have access. Each write is paid in both regions, and an item that both write at once keeps the later one.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
  check: (plan) => [
    ...plan.updated("aws_dynamodb_table").flatMap(checkTable),
    ...plan
      .ofType("aws_dynamodb_table_replica")
      .filter((change) => change.action === "create" && isOfExistingTable(change, plan))
      .map((change) => added(change, textOf(change.after, "global_table_arn") ?? change.address)),
  ],
};

/** The ARN of a table that the same plan creates isn't known yet. */
function isOfExistingTable({ after }: ResourceChange, plan: Plan): boolean {
  const table = textOf(after, "global_table_arn");
  return (
    table !== undefined &&
    !plan
      .ofType("aws_dynamodb_table")
      .some(({ action, after }) => action === "create" && textOf(after, "arn") === table)
  );
}

const checkTable = (change: ResourceChange): RuleFinding[] =>
  replicaRegions(change).added.map((region) =>
    added(change, `${nameOf(change)} in ${region ?? "another region"}`),
  );

const added = (change: ResourceChange, which: string): RuleFinding => ({
  change,
  level: CARE,
  what: `A replica of table ${which} is created.`,
  instead:
    "Make sure that the items may be stored in that region. docs/regions.md says what a second region changes.",
});
