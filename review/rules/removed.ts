import type { ResourceChange } from "../plan/plan.ts";
import { CARE, type Rule } from "./rule.ts";
import { scalesNothing } from "./scales-nothing.ts";
import { findTwins } from "./twin.ts";
import { forcedBy, isRemoved, nameOf } from "./wording.ts";

/** A resource is deleted, replaced or removed from the state, and no other rule says what that means. */
export const removed: Rule = {
  name: "removed",
  finds: [
    {
      level: CARE,
      what: "any other resource is deleted, replaced or removed from the state, unless the plan makes another with the same purpose (an alarm on the same metric, an equal rule of a security group), or it is recreated and holds nothing (a policy's attachment, a permission to invoke), or it scaled a table that gets on demand",
    },
  ],
  onlyIfNoOther: true,
  reason:
    "No rule knows what depends on it. While it is gone, whatever uses it fails; and a recreated resource has another identity.",
  source: "https://developer.hashicorp.com/terraform/language/resources/syntax#removing-resources",
  check(plan) {
    const twins = findTwins(plan);
    const isRecreated = ({ action, type }: ResourceChange) => action === "replace" && HOLDS_NOTHING.has(type);
    return plan.changes
      .filter((change) => isRemoved(change) && !twins.has(change) && !isRecreated(change))
      .filter((change) => !scalesNothing(change, plan))
      .map((change) => ({
        change,
        level: CARE,
        what: `${change.type} ${nameOf(change)} is ${describe(change)}.`,
        instead: "Make sure that nothing uses it while it is gone, and that nothing in it is needed.",
      }));
  },
};

function describe(change: ResourceChange): string {
  if (change.action === "forget") return "removed from Terraform's state: nothing manages it any more";
  return change.action === "delete" ? "deleted" : `replaced${forcedBy(change)}: deleted, and made anew`;
}

/** Types that hold nothing, and that nothing refers to: what matters is what they allow, which other rules check. */
const HOLDS_NOTHING: ReadonlySet<string> = new Set([
  "aws_iam_group_policy",
  "aws_iam_group_policy_attachment",
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
  "aws_iam_user_policy",
  "aws_iam_user_policy_attachment",
  "aws_lambda_permission",
]);
