import type { Plan, ResourceChange } from "../plan/plan.ts";
import { BLOCKED, CARE, type RuleFinding, type Rule } from "./rule.ts";
import { type Attributes, isUnknownOrHidden, textOf, textsOf } from "../plan/value.ts";
import { getTargetStatus } from "./policy-target.ts";

/** Rights that come without a policy's text: managed policies, permissions of functions, boundaries taken away. */
export const grantAdded: Rule = {
  name: "grant-added",
  reason:
    "A managed policy is as wide as whoever keeps it makes it, today and later; a permission of a function lets others run it; a boundary is what holds when a policy is too wide.",
  source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
  check: (plan) => [
    ...plan
      .ofType(
        "aws_iam_role_policy_attachment",
        "aws_iam_user_policy_attachment",
        "aws_iam_group_policy_attachment",
      )
      .flatMap((change) => attached(change, plan)),
    ...plan
      .ofType("aws_iam_role", "aws_iam_user")
      .flatMap((change) => [...managed(change), ...boundary(change)]),
    ...plan.ofType("aws_lambda_permission").flatMap((change) => permission(change, plan)),
  ],
};

/** AWS's own policies that allow all of something. */
const WIDE_POLICY = /:policy\/(.*\/)?(AdministratorAccess.*|PowerUserAccess|IAMFullAccess|.*FullAccess.*)$/;

function attached(change: ResourceChange, plan: Plan): RuleFinding[] {
  if (change.action !== "create" && change.action !== "replace") return [];
  const policy = textOf(change.after, "policy_arn");
  const isWide = policy !== undefined && WIDE_POLICY.test(policy);
  if (!isWide && getTargetStatus(change, plan) !== "there before") return [];
  const owner = ["role", "user", "group"]
    .map((kind) => textOf(change.after, kind))
    .find((name) => name !== undefined);
  return [granted(change, owner ?? change.address, policy ?? "a policy known only after apply", isWide)];
}

function managed(change: ResourceChange): RuleFinding[] {
  if (change.action !== "create" && change.action !== "update") return [];
  const before = new Set(textsOf(change.before, "managed_policy_arns"));
  return textsOf(change.after, "managed_policy_arns")
    .filter((policy) => !before.has(policy))
    .filter((policy) => change.action === "update" || WIDE_POLICY.test(policy))
    .map((policy) => granted(change, nameOf(change.after, change), policy, WIDE_POLICY.test(policy)));
}

function granted(change: ResourceChange, owner: string, policy: string, isWide: boolean): RuleFinding {
  return {
    change,
    level: isWide ? BLOCKED : CARE,
    what: `${owner} gets the managed policy ${policy}.`,
    instead: "Allow what is needed, action by action, in a policy of its own.",
  };
}

function boundary(change: ResourceChange): RuleFinding[] {
  const [was, is] = [textOf(change.before, "permissions_boundary"), change.after?.["permissions_boundary"]];
  if (change.action !== "update" || was === undefined || was === is || isUnknownOrHidden(is)) return [];
  return [
    {
      change,
      level: CARE,
      what: `The permissions boundary of ${nameOf(change.before, change)} is ${typeof is === "string" && is !== "" ? `${is} instead of ${was}` : `taken away (it was ${was})`}.`,
      instead: "Keep the boundary.",
    },
  ];
}

function permission(change: ResourceChange, plan: Plan): RuleFinding[] {
  if (change.action !== "create" && change.action !== "replace") return [];
  const { after } = change;
  const principal = textOf(after, "principal") ?? "a principal known only after apply";
  const bound = ["source_arn", "source_account", "principal_org_id"].some(
    (name) => textOf(after, name) !== undefined || isUnknownOrHidden(after?.[name]),
  );
  const anyone = principal === "*" && !bound;
  if (!anyone && getTargetStatus(change, plan) !== "there before") return [];
  return [
    {
      change,
      level: anyone ? BLOCKED : CARE,
      what: `${principal} may ${textOf(after, "action") ?? "invoke"} the function ${textOf(after, "function_name") ?? change.address}${bound ? ", under conditions" : ""}.`,
      instead: "Name the principal, and bind it with source_arn and source_account.",
    },
  ];
}

const nameOf = (attributes: Attributes | undefined, change: ResourceChange) =>
  textOf(attributes, "name") ?? change.address;
