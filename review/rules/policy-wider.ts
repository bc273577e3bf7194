import type { Plan, ResourceChange } from "../plan/plan.ts";
import { blocksOf, isUnknownOrHidden, textOf } from "../plan/value.ts";
import { isOpenEnded, type PolicyChange, type PolicyKind } from "../policy/open-ended.ts";
import { parsePolicy } from "../policy/statement.ts";
import { findWidenings, isWildAction, type Widening } from "../policy/widening.ts";
import { findTarget, getTargetStatus } from "./policy-target.ts";
import { BLOCKED, CARE, type Rule, type RuleFinding } from "./rule.ts";

/** The attributes that hold a policy as text, in any resource type. */
export const POLICY_ATTRIBUTES = [
  "policy",
  "assume_role_policy",
  "access_policy",
  "resource_policy",
  "inline_policy",
];

/** A policy allows more than before. Policies are compared by what they allow, not by their text. */
export const policyWider: Rule = {
  name: "policy-wider",
  finds: [
    { level: BLOCKED, what: "a policy of any kind allows more, by a wildcard" },
    { level: CARE, what: "a policy of any kind allows more, without a wildcard" },
  ],
  judges: { "*": POLICY_ATTRIBUTES },
  reason:
    "A mistake or an intruder can do whatever a policy allows. Each access pattern declares its actions and its resource; nothing here needs more.",
  source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  check: async (plan) => {
    const findings = plan.changes
      .filter(({ action }) => ["create", "update", "replace", "delete"].includes(action))
      .map((change) => checkChange(change, plan));
    return (await Promise.all(findings)).flat();
  },
};

async function checkChange(change: ResourceChange, plan: Plan): Promise<RuleFinding[]> {
  const target = getTargetStatus(change, plan);
  if (change.action === "delete" && target !== "existing") return [];
  // Everything is new for an owner that the same plan creates, so only wildcards are reported.
  const isNew = change.action === "create" && target !== "existing";
  const findings: RuleFinding[] = [];
  for (const policy of policiesOf(change, plan))
    for (const widening of mergeActions(findWidenings(policy.before, policy.after))) {
      const isWildcard = await isOpenEnded(widening, policy, isNew);
      if (isWildcard || !isNew) findings.push(wider(change, policy.attribute, widening, isWildcard));
    }
  return findings;
}

const IDENTITY_TYPES =
  /^aws_(iam_(role|user|group)_policy|iam_policy|ssoadmin_permission_set_inline_policy)$/;

const NO_POLICY = '{"Statement":[]}';

/** An endpoint's default policy allows everything. */
const DEFAULT_ENDPOINT_POLICY =
  '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}';

/** The policies of a resource that change, if both sides can be read. */
function policiesOf(change: ResourceChange, plan: Plan): PolicyChange[] {
  const { before, after, type, action } = change;
  const policies = POLICY_ATTRIBUTES.flatMap((attribute): PolicyChange[] => {
    if (isUnknownOrHidden(before?.[attribute]) || isUnknownOrHidden(after?.[attribute])) return [];
    // A new policy of a key, a queue or a bucket replaces the one that its target has.
    const old = action === "create" && attribute === "policy" ? findTarget(change, plan)?.before : before;
    const [oldText, newText] = [textOf(old, attribute), textOf(after, attribute)];
    if (oldText === newText || (action === "delete" && oldText === undefined)) return [];
    const kind = kindOf(type, attribute);
    const defaultText = kind === "endpoint" && action === "update" ? DEFAULT_ENDPOINT_POLICY : NO_POLICY;
    const oldPolicy = parsePolicy(oldText ?? defaultText);
    const newPolicy = parsePolicy(newText ?? NO_POLICY);
    return oldPolicy && newPolicy ? [{ kind, attribute, before: oldPolicy, after: newPolicy }] : [];
  });
  // All inline policies of a role count as one.
  const [inlineBefore = [], inlineAfter = []] = [before, after].map((attributes) =>
    blocksOf(attributes, "inline_policy").flatMap(
      (block) => parsePolicy(textOf(block, "policy") ?? "") ?? [],
    ),
  );
  return [
    ...policies,
    { kind: "identity", attribute: "inline_policy", before: inlineBefore, after: inlineAfter },
  ];
}

function kindOf(type: string, attribute: string): PolicyKind {
  if (attribute === "assume_role_policy") return "trust";
  if (type === "aws_vpc_endpoint" || type === "aws_vpc_endpoint_policy") return "endpoint";
  return IDENTITY_TYPES.test(type) ? "identity" : "resource";
}

/** Merges the widenings that differ only in their action. */
function mergeActions(widenings: readonly Widening[]): Widening[] {
  const merged = new Map<string, Widening>();
  for (const widening of widenings) {
    const { kind, resource, principal, isConditional, action } = widening;
    const key = JSON.stringify([kind, resource, principal, isConditional, isWildAction(action)]);
    const same = merged.get(key);
    merged.set(key, same ? { ...widening, action: `${same.action}, ${action}` } : widening);
  }
  return [...merged.values()];
}

function wider(
  change: ResourceChange,
  attribute: string,
  widening: Widening,
  isWildcard: boolean,
): RuleFinding {
  const { kind, action, resource, principal } = widening;
  const isTrust = attribute === "assume_role_policy";
  const whom = principal === "*" && change.type.startsWith("aws_iam") && !isTrust ? "" : ` for ${principal}`;
  const where = isTrust ? "" : ` on ${resource}`;
  return {
    change,
    level: isWildcard ? BLOCKED : CARE,
    what: `${attribute} of ${change.address} ${kind === "allowed" ? "newly allows" : "no longer denies"} ${action}${where}${whom}${describeConditions(widening)}.`,
    instead: isWildcard
      ? "Name each action, resource and principal that is needed; if the principal has to be *, restrict it with a condition."
      : kind === "allowed"
        ? "Check that an access pattern needs it, and declare it in messaging/access-patterns.ts: the policies are made from there."
        : "Keep the Deny statement.",
  };
}

function describeConditions({ isConditional, wasAllowed }: Widening): string {
  if (wasAllowed) return isConditional ? ", under different conditions" : ", without the former conditions";
  return isConditional ? ", under conditions" : "";
}
