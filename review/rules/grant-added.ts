import type { Plan, ResourceChange } from "../plan/plan.ts";
import { isUnknownOrHidden, textOf, textsOf } from "../plan/value.ts";
import { isFixedName } from "../policy/restriction.ts";
import { getTargetStatus } from "./policy-target.ts";
import { BLOCKED, CARE, type Rule, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** Access granted without a policy text: managed policies, Lambda permissions, removed permissions boundaries. */
export const grantAdded: Rule = {
  name: "grant-added",
  finds: [
    {
      level: BLOCKED,
      what: "a policy such as AdministratorAccess is attached; anyone may invoke a function",
    },
    {
      level: CARE,
      what: "another managed policy is attached; a Lambda permission is added; a permissions boundary is changed or removed",
    },
  ],
  judges: {
    aws_iam_group_policy_attachment: ["policy_arn"],
    aws_iam_role: ["managed_policy_arns", "permissions_boundary"],
    aws_iam_role_policy_attachment: ["policy_arn"],
    aws_iam_user: ["permissions_boundary"],
    aws_iam_user_policy_attachment: ["policy_arn"],
    aws_lambda_permission: ["action", "function_name", "principal"],
  },
  judgesNew: [
    "aws_iam_group_policy_attachment",
    "aws_iam_role",
    "aws_iam_role_policy_attachment",
    "aws_iam_user",
    "aws_iam_user_policy_attachment",
    "aws_lambda_permission",
  ],
  reason:
    "The owner of a managed policy can widen it at any time; a Lambda permission lets others invoke the function; a permissions boundary limits a policy that is too wide.",
  source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
  check: (plan) => [
    ...plan
      .ofType(
        "aws_iam_role_policy_attachment",
        "aws_iam_user_policy_attachment",
        "aws_iam_group_policy_attachment",
        "aws_iam_policy_attachment",
      )
      .flatMap((change) => checkAttachment(change, plan)),
    ...plan
      .ofType("aws_iam_role", "aws_iam_user")
      .flatMap((change) => [checkManagedPolicies(change), checkBoundary(change)].flat()),
    ...plan.ofType("aws_lambda_permission").flatMap((change) => checkPermission(change, plan)),
  ],
};

/** AWS managed policies that allow every action of a service, or of all. */
const WIDE_POLICY = /:policy\/(.*\/)?(AdministratorAccess.*|PowerUserAccess|IAMFullAccess|.*FullAccess.*)$/;

function checkAttachment(change: ResourceChange, plan: Plan): RuleFinding | [] {
  if (change.action !== "create" && change.action !== "replace") return [];
  const policy = textOf(change.after, "policy_arn") ?? "(known after apply)";
  if (!WIDE_POLICY.test(policy) && getTargetStatus(change, plan) !== "existing") return [];
  const owner = ["role", "user", "group"]
    .map((kind) => textOf(change.after, kind))
    .find((name) => name !== undefined);
  const owners = ["roles", "users", "groups"].flatMap((kind) => textsOf(change.after, kind)).join(", ");
  return policyAttached(change, owner ?? (owners || change.address), policy);
}

function checkManagedPolicies(change: ResourceChange): RuleFinding[] {
  if (change.action !== "create" && change.action !== "update") return [];
  const before = textsOf(change.before, "managed_policy_arns");
  return textsOf(change.after, "managed_policy_arns")
    .filter((policy) => !before.includes(policy))
    .filter((policy) => change.action === "update" || WIDE_POLICY.test(policy))
    .map((policy) => policyAttached(change, nameOf(change), policy));
}

const policyAttached = (change: ResourceChange, owner: string, policy: string): RuleFinding => ({
  change,
  level: WIDE_POLICY.test(policy) ? BLOCKED : CARE,
  what: `The managed policy ${policy} is attached to ${owner}.`,
  instead: "Write a policy of your own that allows only the actions that are needed.",
});

function checkBoundary(change: ResourceChange): RuleFinding | [] {
  const [from, to] = [textOf(change.before, "permissions_boundary"), change.after?.["permissions_boundary"]];
  if (change.action !== "update" || from === undefined || from === to || isUnknownOrHidden(to)) return [];
  return {
    change,
    level: CARE,
    what: `The permissions boundary of ${nameOf(change)} ${typeof to === "string" && to !== "" ? `changes from ${from} to ${to}` : `is removed (it was ${from})`}.`,
    instead: "Keep the boundary.",
  };
}

function checkPermission(change: ResourceChange, plan: Plan): RuleFinding | [] {
  if (change.action !== "create" && change.action !== "replace") return [];
  const { after } = change;
  const principal = textOf(after, "principal") ?? "A principal known only after apply";
  const hasCondition = ["source_arn", "source_account", "principal_org_id"].some(
    (name) => isFixedName(textOf(after, name) ?? "") || isUnknownOrHidden(after?.[name]),
  );
  const isPublic = principal === "*" && !hasCondition;
  if (!isPublic && getTargetStatus(change, plan) !== "existing") return [];
  return {
    change,
    level: isPublic ? BLOCKED : CARE,
    what: `${principal} is allowed ${textOf(after, "action") ?? "lambda:InvokeFunction"} on function ${textOf(after, "function_name") ?? change.address}${hasCondition ? ", under conditions" : ""}.`,
    instead: "Name the principal, and restrict it with source_arn and source_account.",
  };
}
