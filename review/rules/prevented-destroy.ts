import { BLOCKED, type Rule } from "./rule.ts";
import { deletedOrReplaced } from "./wording.ts";

/** Terraform itself refuses the plan, because it would destroy a resource with prevent_destroy. */
export const preventedDestroy: Rule = {
  name: "prevented-destroy",
  finds: [
    {
      level: BLOCKED,
      what: "Terraform refuses the plan, because it destroys a resource with `prevent_destroy`; the review shows what the plan would do without it",
    },
  ],
  reason: "Terraform refuses the whole plan: none of its changes can be applied.",
  source: "https://developer.hashicorp.com/terraform/language/meta-arguments/prevent_destroy",
  check: (plan, { refused }) =>
    plan.changes
      .filter(({ address }) => refused.includes(address))
      .map((change) => ({
        change,
        level: BLOCKED,
        what: `${change.address} has prevent_destroy, but would be ${deletedOrReplaced(change)}.`,
        instead: "Undo the change, or make it in a way that keeps the resource.",
      })),
};
