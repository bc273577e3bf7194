import { groupBy } from "../plan/group-by.ts";
import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import { findLosses, type Loss, surroundingsIn } from "./function-losses.ts";
import { triggersOf } from "./invoked-by-trigger.ts";
import { identityPolicies, type RolePolicy, roleNameOf } from "./role-policies.ts";
import { BLOCKED, CARE, type Rule, type RuleFinding } from "./rule.ts";

/** A function is no longer allowed what it needs: a policy that allowed it doesn't any more, or another one denies it. */
export const permissionRemoved: Rule = {
  name: "permission-removed",
  finds: [
    {
      level: BLOCKED,
      what: "a function that an event source mapping invokes is no longer allowed to read its stream or queue, to write to a table, or to use a key: by its role's policies, its permissions boundary, or the policy of the resource, the key or the VPC endpoint",
    },
    {
      level: CARE,
      what: "a function is no longer allowed to read a table, to send to a queue or topic, to write logs or to connect to its VPC; it is allowed any of these or the former only under more conditions; no mapping of the plan invokes it; a managed policy with unknown content is detached from its role",
    },
  ],
  reason:
    "A function that isn't allowed what it needs fails with every batch, and Lambda drops the records after the last retry. Nothing in a plan shows which of its permissions a function uses.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
  check(plan) {
    if (plan.changes.every(({ action }) => action === "no-op")) return [];
    const surroundings = surroundingsIn(plan);
    return plan
      .ofType("aws_lambda_function")
      .filter(({ before, after }) => before && after)
      .flatMap((fn) => {
        const [before, after] = [roleNameOf(fn, "before", plan), roleNameOf(fn, "after", plan)];
        if (before === undefined || after === undefined) return [];
        const role = { before, after };
        const own = identityPolicies(role, plan);
        return [
          ...report(fn, plan, own, findLosses({ fn, role, own }, surroundings, plan)),
          ...checkDetached(fn, own),
        ];
      });
  },
};

/** One finding for each policy, resource and use, with all actions. */
function report(
  fn: ResourceChange,
  plan: Plan,
  own: readonly RolePolicy[],
  losses: readonly Loss[],
): RuleFinding[] {
  const isTriggered = triggersOf(fn, plan).some(({ after }) => after);
  const unread = own.flatMap(({ unread: one }) => (one?.when === "after" ? [one.name] : []));
  const groups = groupBy(losses, ({ change, resource, how, use }) =>
    JSON.stringify([change.address, resource, how, use.without]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { change, resource, how, use } = first;
    const actions = group.map(({ action }) => action).join(", ");
    const unless =
      unread.length > 0 ? `, unless ${unread.join(" or ")} allows it, which can't be read here` : "";
    const isCertain = how === "lost" && unread.length === 0;
    return {
      change,
      level: use.isVital && isTriggered && isCertain ? BLOCKED : CARE,
      what: `${nameOf(fn)}${isTriggered ? ", which the trigger invokes," : ""} ${
        how === "lost"
          ? `is no longer allowed ${actions} on ${resource}${unless}: ${use.without}`
          : `is allowed ${actions} on ${resource} only under more conditions than before${unless}: if they aren't met, ${use.without}`
      }.`,
      instead:
        "First deploy the function without the calls that need it; or allow it to the same role in the same change.",
    };
  });
}

const checkDetached = (fn: ResourceChange, own: readonly RolePolicy[]): RuleFinding[] =>
  own
    .filter(({ unread }) => unread?.when === "before")
    .map(({ change, unread }) => ({
      change,
      level: CARE,
      what: `${nameOf(fn)} loses what the managed policy ${unread?.name ?? ""} allows, which the plan doesn't say.`,
      instead: "Check that the function needs none of it.",
    }));

const nameOf = ({ before, address }: ResourceChange) =>
  `Function ${textOf(before, "function_name") ?? address}`;
