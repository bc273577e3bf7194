import type { Plan, ResourceChange } from "../plan/plan.ts";
import { lostWith } from "./data-types.ts";
import { CARE, type Rule, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** A resource was deleted outside Terraform: an apply makes it anew, with nothing in it. */
export const deletedOutside: Rule = {
  name: "deleted-outside",
  finds: [{ level: CARE, what: "a resource was deleted outside Terraform since the last apply" }],
  reason:
    "The plan only shows that it is created. What it held is gone, and whoever deleted it may do so again.",
  source: "https://developer.hashicorp.com/terraform/tutorials/state/resource-drift",
  check: (plan) =>
    plan.drift.filter(({ action }) => action === "delete").map((change) => deletion(change, plan)),
};

function deletion(change: ResourceChange, plan: Plan): RuleFinding {
  const isMadeAnew = plan.changes.some(
    ({ address, action }) => address === change.address && action === "create",
  );
  const lost = lostWith(change.type);
  return {
    change,
    level: CARE,
    what: `${change.type} ${nameOf(change)} was deleted outside Terraform${lost === undefined ? "" : `, with ${lost}`}${isMadeAnew ? `, and is made anew${lost === undefined ? "" : ", empty"}` : ""}.`,
    instead:
      lost === undefined
        ? "Find out who deleted it, and why."
        : "Find out who deleted it. If its data is needed, restore it from a backup before anything writes to the new one.",
  };
}
