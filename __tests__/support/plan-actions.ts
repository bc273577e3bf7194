import type { Plan } from "../../review/plan/plan.ts";

/** What a plan does, by type and action, each once and sorted: "aws_dynamodb_table update". */
export function actionsOf({ changes }: Pick<Plan, "changes">): string[] {
  const done = changes.filter(({ action }) => action !== "no-op");
  return [...new Set(done.map(({ type, action }) => `${type} ${action}`))].sort();
}
