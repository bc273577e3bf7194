import type { ResourceChange } from "../plan/plan.ts";
import { BLOCKED, type RuleFinding, type Rule } from "./rule.ts";
import { textOf } from "../plan/value.ts";
import { findRenames } from "./rename.ts";

/** Terraform's words for why something goes: https://developer.hashicorp.com/terraform/internals/json-format#change-representation */
const CAUSES: Readonly<Record<string, string>> = {
  replace_because_tainted: "an earlier apply failed half-way and left it marked as damaged",
  replace_by_request: "-replace asks for it",
  replace_by_triggers: "replace_triggered_by names something that changes",
  delete_because_no_resource_config: "it is no longer in the code",
  delete_because_no_module: "its module is no longer in the code",
  delete_because_wrong_repetition: "the code no longer repeats it",
  delete_because_count_index: "its count in the code is lower",
  delete_because_each_key: "its key is no longer in for_each",
  delete_because_no_move_target: "a moved block leads to what is not in the code",
};

/** A table that goes, or that Terraform is to forget. A rename is told by its own rule. */
export const lostTable: Rule = {
  name: "lost-table",
  reason:
    "A deleted table's items are gone at once, and a table made anew is empty; point-in-time recovery restores into another table, by hand.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html",
  check(plan) {
    const renamed = new Set(findRenames(plan).map(({ removed }) => removed));
    return plan
      .ofType("aws_dynamodb_table", "aws_dynamodb_global_table")
      .filter((change) => !renamed.has(change))
      .flatMap((change) => found(change) ?? []);
  },
};

function found(change: ResourceChange): RuleFinding | undefined {
  const table = `Table ${textOf(change.before, "name") ?? change.address}`;
  switch (change.action) {
    case "delete":
      return {
        change,
        level: BLOCKED,
        what: `${table} is deleted with all its items${because(change)}.`,
        instead:
          "Keep it in the code. If nobody needs its items any more: take a backup, take the guards off in a change of their own, and except this finding in the change that deletes it.",
      };
    case "replace":
      return {
        change,
        level: BLOCKED,
        what: `${table} is deleted with all its items and made anew, empty${because(change)}.`,
        instead: `Leave ${change.forcedBy.join(", ") || "it"} as it is. For another shape, make a second table beside it, copy the items, move the readers and writers over, and delete the first one last.`,
      };
    case "forget":
      return {
        change,
        level: BLOCKED,
        what: `Terraform is told to forget ${table.toLowerCase().slice(0, 5)}${table.slice(5)}: it stays in AWS, and nothing looks after its settings any more.`,
        why: "What Terraform doesn't know it can't guard, compare or restore, and the next apply of the same code fails since the name is taken.",
        instead: "Keep it in the code, or move it to another state with a moved or import block there first.",
      };
    default:
      return undefined;
  }
}

function because({ reason = "", forcedBy }: ResourceChange): string {
  if (forcedBy.length > 0) return `, since ${[...forcedBy].sort().join(", ")} can't be changed in place`;
  const cause = CAUSES[reason];
  return cause === undefined ? "" : `, since ${cause}`;
}
