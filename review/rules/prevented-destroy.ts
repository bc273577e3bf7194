import { BLOCKED, type Rule } from "./rule.ts";

/** Terraform itself refuses the plan, since it destroys what the code guards. */
export const preventedDestroy: Rule = {
  name: "prevented-destroy",
  reason: "Terraform refuses the whole plan, so nothing else of it is applied either.",
  source: "https://developer.hashicorp.com/terraform/language/meta-arguments/prevent_destroy",
  check: (plan, { refused }) =>
    plan.changes
      .filter(({ address }) => refused.includes(address))
      .map((change) => ({
        change,
        level: BLOCKED,
        what: `${change.address} has prevent_destroy, and would be ${change.action === "delete" ? "deleted" : `deleted and made anew, since ${change.forcedBy.join(", ") || "something it depends on"} can't be changed in place`}.`,
        instead: "Take the change back, or find a way to it that keeps the resource.",
      })),
};
