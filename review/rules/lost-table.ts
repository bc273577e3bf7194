import type { ResourceChange } from "../plan/plan.ts";
import { findRenames } from "./rename.ts";
import { BLOCKED, type Rule, type RuleFinding } from "./rule.ts";
import { forcedBy, nameOf } from "./wording.ts";

/** Terraform's reasons for deletions and replacements: https://developer.hashicorp.com/terraform/internals/json-format#change-representation */
const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "a failed apply left it tainted",
  replace_by_request: "-replace requests it",
  replace_by_triggers: "a resource in its replace_triggered_by changes",
  delete_because_no_resource_config: "it is no longer in the code",
  delete_because_no_module: "its module is no longer in the code",
  delete_because_wrong_repetition: "the code no longer repeats it",
  delete_because_count_index: "its count in the code is lower",
  delete_because_each_key: "its key is no longer in for_each",
  delete_because_no_move_target: "a moved block points to an address that is not in the code",
};

/** A table is deleted, replaced or removed from the state. The rule `rename` reports renamed ones. */
export const lostTable: Rule = {
  name: "lost-table",
  finds: [
    {
      level: BLOCKED,
      what: "a table is deleted, replaced or removed from the state; with the attributes that force a replacement",
    },
  ],
  judges: { aws_dynamodb_table: ["hash_key", "local_secondary_index", "name", "range_key"] },
  reason:
    "The items of a deleted table are gone at once, and a recreated table is empty. Point-in-time recovery restores them only by hand, into another table.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html",
  check(plan) {
    const renamed = new Set(findRenames(plan).map(({ removed }) => removed));
    return plan
      .ofType("aws_dynamodb_table", "aws_dynamodb_global_table")
      .filter((change) => !renamed.has(change))
      .flatMap(checkTable);
  },
};

function checkTable(change: ResourceChange): RuleFinding | [] {
  const table = `Table ${nameOf(change)}`;
  switch (change.action) {
    case "delete":
      return {
        change,
        level: BLOCKED,
        what: `${table} is deleted with all its items${because(change)}.`,
        instead:
          "Keep it in the code. If its items are no longer needed, take a backup, turn off the table's protection in a separate change, and add an exception to the change that deletes it.",
      };
    case "replace":
      return {
        change,
        level: BLOCKED,
        what: `${table} is replaced: it is deleted with all its items and recreated empty${because(change)}.`,
        instead: `Leave ${change.forcedBy.join(", ") || "it"} unchanged. For a different schema, create a second table, copy the items, switch the readers and writers over, and delete the first table last.`,
      };
    case "forget":
      return {
        change,
        level: BLOCKED,
        what: `${table} is removed from Terraform's state: it stays in AWS, but nothing manages its settings any more.`,
        why: "Terraform can't protect, compare or restore a table that is not in its state, and the next apply of the same code fails because the name is taken.",
        instead: "Keep it in the code, or import it into another state first.",
      };
    default:
      return [];
  }
}

function because(change: ResourceChange): string {
  const reason = REASONS[change.reason ?? ""];
  return forcedBy(change) || (reason === undefined ? "" : `, because ${reason}`);
}
