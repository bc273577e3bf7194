import { CARE, type Rule } from "./rule.ts";

/** The apply runs an action of a provider beside its changes, from Terraform 1.14 on. */
export const invokedAction: Rule = {
  name: "invoked-action",
  finds: [{ level: CARE, what: "the apply runs an action of a provider (`action_invocations`)" }],
  reason: "An action can do anything in AWS, such as invoking a function, and no plan shows what it changes.",
  source: "https://developer.hashicorp.com/terraform/language/invoke-actions",
  check: ({ invocations }) =>
    invocations.map(({ address, type, trigger }) => ({
      change: { address },
      level: CARE,
      what: `The apply runs ${address}, an action of type ${type}${trigger === undefined ? "" : `, because ${trigger} changes`}.`,
      instead:
        "Read what the action does in the provider's documentation, and with which values it is called.",
    })),
};
