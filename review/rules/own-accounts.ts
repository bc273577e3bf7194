import { oncePerPlan, type Plan, type ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import { findTarget } from "./policy-target.ts";

/**
 * Finds the account of a resource's policy: the one in the ARN of the resource; else those of all resources of the plan.
 * The policy of a key has to leave the key to its own account, or KMS refuses it: so an account that it alone names is that.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 * @returns none if nothing tells.
 */
export function ownAccounts(change: ResourceChange, plan: Plan): readonly string[] {
  const own = accountOf(change) ?? accountOf(findTarget(change, plan));
  if (own !== undefined) return [own];
  const all = accountsOf(plan);
  return all.length > 0 || !change.type.startsWith("aws_kms_") ? all : accountsNamedIn(change);
}

/** The accounts of all resources of a plan. */
const accountsOf = oncePerPlan((plan): readonly string[] => [
  ...new Set(plan.changes.flatMap((change) => accountOf(change) ?? [])),
]);

const accountOf = (change: ResourceChange | undefined) =>
  /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(
    textOf(change?.before, "arn") ?? textOf(change?.after, "arn") ?? "",
  )?.[1];

/** The account in a policy, if it names only one. */
function accountsNamedIn({ after }: ResourceChange): readonly string[] {
  const named = new Set(textOf(after, "policy")?.match(/(?<=["':])\d{12}(?=[":])/g));
  return named.size === 1 ? [...named] : [];
}
