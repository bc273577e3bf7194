import type { Plan, ResourceChange } from "../plan/plan.ts";
import { isSame } from "../plan/value.ts";
import { CARE, type Rule } from "./rule.ts";
import { forcedBy, isRemoved, nameOf } from "./wording.ts";

/** A resource is deleted, replaced or removed from the state, and no other rule says what that means. */
export const removed: Rule = {
  name: "removed",
  finds: [
    {
      level: CARE,
      what: "any other resource is deleted, replaced or removed from the state, unless the plan makes an equal one, or it is recreated and holds nothing (a policy's attachment, a permission to invoke)",
    },
  ],
  onlyIfNoOther: true,
  reason:
    "No rule knows what depends on it. While it is gone, whatever uses it fails; and a recreated resource has another identity.",
  source: "https://developer.hashicorp.com/terraform/language/resources/syntax#removing-resources",
  check: (plan) =>
    plan.changes
      .filter((change) => isRemoved(change) && !isHarmless(change, plan))
      .map((change) => ({
        change,
        level: CARE,
        what: `${change.type} ${nameOf(change)} is ${describe(change)}.`,
        instead: "Make sure that nothing uses it while it is gone, and that nothing in it is needed.",
      })),
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

const isHarmless = (change: ResourceChange, plan: Plan): boolean =>
  (change.action === "replace" && HOLDS_NOTHING.has(change.type)) || hasEqualRule(change, plan);

/** Separate rules of a security group: two with the same content do the same. */
const SECURITY_GROUP_RULES: ReadonlySet<string> = new Set([
  "aws_security_group_rule",
  "aws_vpc_security_group_egress_rule",
  "aws_vpc_security_group_ingress_rule",
]);

/** What identifies or describes a rule of a security group, and isn't its content. */
const NOT_CONTENT: ReadonlySet<string> = new Set([
  "arn",
  "description",
  "id",
  "region",
  "security_group_rule_id",
  "tags",
  "tags_all",
]);

/** Whether the plan makes a rule of a security group that is equal to the one that it deletes. */
function hasEqualRule(change: ResourceChange, plan: Plan): boolean {
  if (!SECURITY_GROUP_RULES.has(change.type)) return false;
  return plan
    .ofType(change.type)
    .some(
      (other) =>
        (other.action === "create" || other === change) &&
        Object.entries(other.after ?? {}).every(
          ([name, value]) => NOT_CONTENT.has(name) || isSame(value, change.before?.[name]),
        ) &&
        other.after !== undefined,
    );
}
