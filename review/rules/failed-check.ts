import { CARE, type Rule } from "./rule.ts";

/** A condition of the code doesn't hold; Terraform only warns of a failed `check` block. */
export const failedCheck: Rule = {
  name: "failed-check",
  finds: [{ level: CARE, what: "a `check` block, or another condition of the code, fails" }],
  reason: "The authors of the code expect it to hold. Terraform warns, and applies the plan all the same.",
  source: "https://developer.hashicorp.com/terraform/language/checks",
  check: ({ failedChecks }) =>
    failedChecks.map(({ address, message }) => ({
      change: { address },
      level: CARE,
      what: `${address} fails${message === "" ? "" : `: ${message}`}${/[.!?]$/.test(message) ? "" : "."}`,
      instead: "Find out why it fails before the plan is applied.",
    })),
};
