import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blocksOf, isUnknownOrHidden, textOf } from "../plan/value.ts";
import { classifyWidening, type PolicyKind } from "../policy/classify-widening.ts";
import { parsePolicy, type Statement } from "../policy/statement.ts";
import { findWidenings, isWildAction, type Widening } from "../policy/widening.ts";
import { getTargetStatus } from "./policy-target.ts";
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
  for (const { attribute, before, after, kind } of policiesOf(change))
    for (const widening of mergeActions(findWidenings(before, after))) {
      const isWildcard = (await classifyWidening(widening, kind, { before, isNew })) === "wildcard";
      if (isWildcard || !isNew) findings.push(wider(change, attribute, widening, isWildcard));
    }
  return findings;
}

interface PolicyChange {
  readonly attribute: string;
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
  readonly kind: PolicyKind;
}

const IDENTITY_TYPES =
  /^aws_(iam_(role|user|group)_policy|iam_policy|ssoadmin_permission_set_inline_policy)$/;

/** An endpoint's default policy allows everything. */
const DEFAULT_ENDPOINT_POLICY: readonly Statement[] =
  parsePolicy('{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}') ?? [];

/** The policies of a resource that change, if both sides can be read. */
function policiesOf(change: ResourceChange): PolicyChange[] {
  const { before, after, type } = change;
  const policies = POLICY_ATTRIBUTES.flatMap((attribute): PolicyChange[] => {
    if (isUnknownOrHidden(before?.[attribute]) || isUnknownOrHidden(after?.[attribute])) return [];
    const [oldText, newText] = [textOf(before, attribute), textOf(after, attribute)];
    if (oldText === newText || (change.action === "delete" && oldText === undefined)) return [];
    const [oldPolicy, newPolicy] = [oldText, newText].map((text) =>
      text === undefined ? [] : parsePolicy(text),
    );
    if (!oldPolicy || !newPolicy) return [];
    const kind = kindOf(type, attribute);
    const hadDefault = kind === "endpoint" && change.action === "update" && oldText === undefined;
    return [{ attribute, before: hadDefault ? DEFAULT_ENDPOINT_POLICY : oldPolicy, after: newPolicy, kind }];
  });
  return [...policies, ...inlinePolicies(change)];
}

function kindOf(type: string, attribute: string): PolicyKind {
  if (attribute === "assume_role_policy") return "trust";
  if (type === "aws_vpc_endpoint" || type === "aws_vpc_endpoint_policy") return "endpoint";
  return IDENTITY_TYPES.test(type) ? "identity" : "resource";
}

/** All inline policies of a role as one. */
function inlinePolicies({ before, after }: ResourceChange): PolicyChange[] {
  const statements = (attributes: Attributes | undefined) =>
    blocksOf(attributes, "inline_policy").flatMap(
      (block) => parsePolicy(textOf(block, "policy") ?? "") ?? [],
    );
  return [
    { attribute: "inline_policy", before: statements(before), after: statements(after), kind: "identity" },
  ];
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
