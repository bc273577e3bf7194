import type { ReviewContext } from "../../review/rules/rule.ts";
import type { PlanJson } from "../../terraform/plan-json.ts";

type Resource = NonNullable<PlanJson["resource_changes"]>[number];

/** A resource's change as a plan's JSON has it, for what isn't about any rule. */
export const changeOf = (
  type: string,
  name: string,
  action: string,
  before: unknown,
  after: unknown,
): Resource => ({
  address: `${type}.${name}`,
  mode: "managed",
  type,
  name,
  change: { actions: [action], before, after, after_unknown: {} },
});

/** A plan's JSON. */
export const planOf = (...changes: readonly Resource[]): PlanJson => ({
  format_version: "1.2",
  resource_changes: [...changes],
});

/** A table that is deleted. */
export const deletedTable = (name: string) =>
  changeOf("aws_dynamodb_table", name, "delete", { name, deletion_protection_enabled: false }, null);

/** What a rule knows besides the plan, if it is asked alone. */
export const noContext: ReviewContext = {
  requiresPreventDestroy: false,
  stateBuckets: [],
  refused: [],
  judged: {},
  judgedNew: new Set(),
};
