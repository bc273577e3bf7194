import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";

/** Whether what is scaled is a table that the plan deletes, or that gets on demand: then nothing is left to scale. */
export function scalesNothing({ type, before }: ResourceChange, plan: Plan): boolean {
  const table = /^table\/([^/]+)/.exec(textOf(before, "resource_id") ?? "")?.[1];
  if (!type.startsWith("aws_appautoscaling_") || table === undefined) return false;
  return plan
    .ofType("aws_dynamodb_table")
    .some(
      (change) =>
        textOf(change.before, "name") === table &&
        (change.action === "delete" || textOf(change.after, "billing_mode") === "PAY_PER_REQUEST"),
    );
}
