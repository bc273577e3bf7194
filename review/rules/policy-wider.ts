import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type PolicyKind, classifyWidening } from "../policy/classify-widening.ts";
import { parsePolicy, type Statement } from "../policy/statement.ts";
import { type Widening, findWidenings } from "../policy/widening.ts";
import { BLOCKED, CARE, type RuleFinding, type Rule } from "./rule.ts";
import { type Attributes, blocksOf, isUnknownOrHidden, textOf } from "../plan/value.ts";
import { getTargetStatus } from "./policy-target.ts";

/** The attributes that hold a policy as text, of whatever type. */
export const POLICY_ATTRIBUTES = [
  "policy",
  "assume_role_policy",
  "access_policy",
  "resource_policy",
  "inline_policy",
];

/** Someone may do what nobody of that kind could before: compared by what policies allow, not by their text. */
export const policyWider: Rule = {
  name: "policy-wider",
  reason:
    "What a policy allows is what a mistake or an intruder can do. Each access pattern names its actions and its resource; more than that nobody here needs.",
  source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  check: async (plan) => {
    const found = plan.changes
      .filter(({ action }) => ["create", "update", "replace", "delete"].includes(action))
      .map((change) => checkChange(change, plan));
    return (await Promise.all(found)).flat();
  },
};

async function checkChange(change: ResourceChange, plan: Plan): Promise<RuleFinding[]> {
  const target = getTargetStatus(change, plan);
  if (change.action === "delete" && target !== "there before") return [];
  const found: RuleFinding[] = [];
  for (const { label, before, after, kind } of policiesOf(change)) {
    // Who is made in the same plan could do nothing before, so only a wildcard tells.
    const isFresh = change.action === "create" && target !== "there before";
    for (const widening of summarized(findWidenings(before, after))) {
      const weight = await classifyWidening(widening, kind, { before, isFresh });
      if (isFresh && weight !== "wildcard") continue;
      found.push(wider(change, label, widening, weight === "wildcard"));
    }
  }
  return found;
}

interface Compared {
  readonly label: string;
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
  readonly kind: PolicyKind;
}

const IDENTITY_TYPES =
  /^aws_(iam_(role|user|group)_policy|iam_policy|ssoadmin_permission_set_inline_policy)$/;

/** What the default policy of an endpoint allows: all. */
const ALL: readonly Statement[] =
  parsePolicy('{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}') ?? [];

/** The policies of a resource, before and after, where both can be read. */
function policiesOf(change: ResourceChange): Compared[] {
  const { before, after, type } = change;
  const texts = POLICY_ATTRIBUTES.flatMap((attribute): Compared[] => {
    if (isUnknownOrHidden(before?.[attribute]) || isUnknownOrHidden(after?.[attribute])) return [];
    const [was, is] = [textOf(before, attribute), textOf(after, attribute)];
    if (was === is || (change.action === "delete" && was === undefined)) return [];
    const [old, renewed] = [was, is].map((text) => (text === undefined ? [] : parsePolicy(text)));
    if (!old || !renewed) return [];
    const kind = kindOf(type, attribute);
    const defaulted = kind === "endpoint" && change.action === "update" && was === undefined;
    return [{ label: attribute, before: defaulted ? ALL : old, after: renewed, kind }];
  });
  return [...texts, ...inlinePolicies(change)];
}

function kindOf(type: string, attribute: string): PolicyKind {
  if (attribute === "assume_role_policy") return "trust";
  if (type === "aws_vpc_endpoint" || type === "aws_vpc_endpoint_policy") return "endpoint";
  return IDENTITY_TYPES.test(type) ? "identity" : "resource";
}

function inlinePolicies({ before, after }: ResourceChange): Compared[] {
  const byName = (attributes: Attributes | undefined) =>
    new Map(
      blocksOf(attributes, "inline_policy").map((block) => [
        textOf(block, "name") ?? "",
        parsePolicy(textOf(block, "policy") ?? "") ?? [],
      ]),
    );
  const [old, renewed] = [byName(before), byName(after)];
  if (old.size === 0 && renewed.size === 0) return [];
  return [
    {
      label: "inline_policy",
      before: [...old.values()].flat(),
      after: [...renewed.values()].flat(),
      kind: "identity",
    },
  ];
}

function underConditions({ conditioned, loosened }: Widening): string {
  if (loosened)
    return conditioned ? ", under other conditions than before" : ", without the conditions that bound it";
  return conditioned ? ", under conditions" : "";
}

/** Widenings that differ in the action alone, as one. */
function summarized(all: readonly Widening[]): Widening[] {
  const groups = new Map<string, Widening>();
  for (const widening of all) {
    const isWild = /[*?]|^all but/.test(widening.action);
    const key = JSON.stringify([
      widening.kind,
      widening.resource,
      widening.principal,
      widening.conditioned,
      isWild,
    ]);
    const known = groups.get(key);
    groups.set(key, known ? { ...widening, action: `${known.action}, ${widening.action}` } : widening);
  }
  return [...groups.values()];
}

function wider(change: ResourceChange, label: string, widening: Widening, isWildcard: boolean): RuleFinding {
  const { kind, action, resource, principal } = widening;
  const whom =
    principal === "*" && change.type.startsWith("aws_iam") && label !== "assume_role_policy"
      ? ""
      : ` for ${principal}`;
  const where = label === "assume_role_policy" ? "" : ` on ${resource}`;
  return {
    change,
    level: isWildcard ? BLOCKED : CARE,
    what: `${label} of ${change.address} ${kind === "allowed" ? "newly allows" : "no longer denies"} ${action}${where}${whom}${underConditions(widening)}.`,
    instead: isWildcard
      ? "Name each action, resource and principal that is needed; bind a principal that has to be * with a condition."
      : kind === "allowed"
        ? "Make sure that an access pattern needs it: declare it in messaging/access-patterns.ts, and let the policy come from there."
        : "Keep the Deny.",
  };
}
