import type { ResourceChange } from "../plan/plan.ts";
import { CARE, type Rule } from "./rule.ts";

/** The plan says something that this version of the review doesn't know. */
export const unknownPart: Rule = {
  name: "unknown-part",
  finds: [
    {
      level: CARE,
      what: "the plan has an action, a section or a mode of resources that this review doesn't know, or values that contradict its action",
    },
  ],
  reason: "The plan may do more than this review shows.",
  source: "https://developer.hashicorp.com/terraform/internals/json-format",
  check: ({ changes, unknownParts }) => [
    ...changes
      .filter(({ action }) => action === "unknown")
      .map((change) => ({ change, level: CARE, what: describe(change), instead: INSTEAD })),
    ...unknownParts.map((part) => ({
      change: { address: part },
      level: CARE,
      what: `The plan has a part that this review doesn't know: ${part}.`,
      instead: INSTEAD,
    })),
  ],
};

const INSTEAD = "Read this part in the output of terraform plan, and teach the review what it means.";

const describe = ({ address, words }: ResourceChange) =>
  words.join() === "no-op"
    ? `The plan says no-op of ${address}, but its values before and after differ.`
    : `The plan says ${words.join(", ") || "nothing"} of ${address}, an action that this review doesn't know.`;
