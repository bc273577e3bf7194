import type { Plan, ResourceChange } from "../plan/plan.ts";
import { findOpening, type Opening, type PolicyChange } from "../policy/open-ended.ts";
import { findWidenings, type Widening } from "../policy/widening.ts";
import { POLICY_ATTRIBUTES, policiesOf } from "./policies-of.ts";
import { getTargetStatus } from "./policy-target.ts";
import { BLOCKED, CARE, type Levels, type Rule, type RuleFinding } from "./rule.ts";

/** A policy allows more than before. Policies are compared by what they allow, not by their text. */
export const policyWider: Rule = {
  name: "policy-wider",
  finds: [
    {
      level: BLOCKED,
      what: "a policy of any kind allows more, by a wildcard; a resource is open to everybody; a role may be assumed from anybody's repository or by anybody's token; the policy of a VPC endpoint is deleted",
    },
    {
      level: CARE,
      what: "a policy of any kind allows more, without a wildcard; a new role may be assumed by another account, without a condition, or by guests",
    },
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
  // Everything is new for an owner that the same plan creates, so only what is open-ended is reported.
  const isNew = change.action === "create" && target !== "existing";
  const findings = policiesOf(change, plan).map(async (policy) => {
    const judged = await Promise.all(
      findWidenings(policy.before, policy.after).map(async (widening): Promise<Judged> => ({
        ...widening,
        opening: await findOpening(widening, policy, isNew),
      })),
    );
    return mergeActions(judged)
      .filter(({ opening }) => opening !== undefined || !isNew)
      .map((widening) => wider(change, policy, widening));
  });
  return (await Promise.all(findings)).flat();
}

/** A widening, and what makes it open-ended. */
interface Judged extends Widening {
  readonly opening: Opening | undefined;
}

/** Merges the widenings that differ only in their action. */
function mergeActions(widenings: readonly Judged[]): Judged[] {
  const merged = new Map<string, Judged>();
  for (const widening of widenings) {
    const { action, ...others } = widening;
    const key = JSON.stringify(others);
    const same = merged.get(key);
    merged.set(key, same ? { ...widening, action: `${same.action}, ${action}` } : widening);
  }
  return [...merged.values()];
}

function wider(change: ResourceChange, policy: PolicyChange, widening: Judged): RuleFinding {
  const { kind, action, resource, principal, opening } = widening;
  const whom = principal === "*" && policy.kind === "identity" ? "" : ` for ${principal}`;
  const where = policy.kind === "trust" ? "" : ` on ${resource}`;
  const subject = policy.isAbsent
    ? `The VPC endpoint of ${change.address}, without a policy,`
    : `${policy.attribute} of ${change.address}`;
  const { level, instead } = opening ? OPENINGS[opening] : kind === "allowed" ? MORE : LESS_DENIED;
  return {
    change,
    level,
    what: `${subject} ${kind === "allowed" ? "newly allows" : "no longer denies"} ${action}${where}${whom}${describeConditions(widening)}.`,
    instead,
  };
}

function describeConditions({ conditions, wasAllowed }: Widening): string {
  const isConditional = conditions.length > 0;
  if (wasAllowed) return isConditional ? ", under different conditions" : ", without the former conditions";
  return isConditional ? ", under conditions" : "";
}

/** How serious a widening is, and what to do instead. */
interface Advice {
  readonly level: Levels;
  readonly instead: string;
}

const MORE: Advice = {
  level: CARE,
  instead:
    "Check that an access pattern needs it, and declare it in messaging/access-patterns.ts: the policies are made from there.",
};

const LESS_DENIED: Advice = { level: CARE, instead: "Keep the Deny statement." };

const OPENINGS: Readonly<Record<Opening, Advice>> = {
  wildcard: { level: BLOCKED, instead: "Name each action and resource that is needed." },
  public: {
    level: BLOCKED,
    instead:
      "Name the principal; if it has to be *, restrict it with a condition that says who, such as aws:PrincipalOrgID or aws:SourceArn.",
  },
  pipelines: {
    level: BLOCKED,
    instead:
      "Demand the repository or the organization in a condition on the token's sub, such as repo:organization/repository:*; else anybody's pipeline can assume the role.",
  },
  everybody: {
    level: BLOCKED,
    instead:
      "Demand the application or the identity pool in a condition on the token's aud; else anybody's token can assume the role.",
  },
  users: {
    level: CARE,
    instead:
      "Demand the token's sub or aud in a condition; else every user of the provider can assume the role.",
  },
  guests: {
    level: CARE,
    instead:
      'Demand "authenticated" in a condition on cognito-identity.amazonaws.com:amr, unless those who don\'t sign in are meant too.',
  },
  account: {
    level: CARE,
    instead: "Name the role of that account that needs it; or demand sts:ExternalId in a condition.",
  },
};
