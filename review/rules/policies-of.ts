import type { Plan, ResourceChange } from "../plan/plan.ts";
import { blocksOf, isUnknownOrHidden, textOf } from "../plan/value.ts";
import type { PolicyChange, PolicyKind } from "../policy/open-ended.ts";
import { ALLOW_ALL, parsePolicy } from "../policy/statement.ts";
import { ownAccounts } from "./own-accounts.ts";
import { findTarget } from "./policy-target.ts";

/** The attributes that hold a policy as text, in any resource type. */
export const POLICY_ATTRIBUTES = [
  "policy",
  "assume_role_policy",
  "access_policy",
  "access_policies",
  "policy_document",
  "resource_policy",
  "inline_policy",
];

const IDENTITY_TYPES =
  /^aws_(iam_(role|user|group)_policy|iam_policy|ssoadmin_permission_set_inline_policy)$/;

/** @returns the policies of a resource that change, if both sides can be read. */
export function policiesOf(change: ResourceChange, plan: Plan): PolicyChange[] {
  const { before, after, type, action } = change;
  if (POLICY_ATTRIBUTES.every((attribute) => (before?.[attribute] ?? "") === (after?.[attribute] ?? "")))
    return [];
  const accounts = ownAccounts(change, plan);
  const policies = POLICY_ATTRIBUTES.flatMap((attribute): PolicyChange[] => {
    if (isUnknownOrHidden(before?.[attribute]) || isUnknownOrHidden(after?.[attribute])) return [];
    const kind = kindOf(type, attribute);
    // A new policy of a key, a queue or a bucket replaces the one that its target has.
    const target = action === "create" && attribute === "policy" ? findTarget(change, plan) : undefined;
    const old = target ? target.before : before;
    const [oldText, newText] = [textOf(old, attribute), textOf(after, attribute)];
    if (oldText === newText || (action === "delete" && oldText === undefined)) return [];
    // https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#vpc-endpoint-policy-default
    const absent = kind === "endpoint" ? ALLOW_ALL : [];
    const oldPolicy = oldText === undefined ? (old ? absent : []) : parsePolicy(oldText);
    const newPolicy = newText === undefined ? absent : parsePolicy(newText);
    const isAbsent = kind === "endpoint" && newText === undefined;
    return oldPolicy && newPolicy
      ? [{ kind, attribute, before: oldPolicy, after: newPolicy, isAbsent, accounts }]
      : [];
  });
  // All inline policies of a role count as one.
  const [inlineBefore = [], inlineAfter = []] = [before, after].map((attributes) =>
    blocksOf(attributes, "inline_policy").flatMap(
      (block) => parsePolicy(textOf(block, "policy") ?? "") ?? [],
    ),
  );
  return [
    ...policies,
    {
      kind: "identity",
      attribute: "inline_policy",
      before: inlineBefore,
      after: inlineAfter,
      isAbsent: false,
      accounts,
    },
  ];
}

function kindOf(type: string, attribute: string): PolicyKind {
  if (attribute === "assume_role_policy") return "trust";
  if (type === "aws_vpc_endpoint" || type === "aws_vpc_endpoint_policy") return "endpoint";
  return IDENTITY_TYPES.test(type) ? "identity" : "resource";
}
