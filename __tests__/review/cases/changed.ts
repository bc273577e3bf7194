import type { Arguments } from "../code.ts";
import type { PlannedCase } from "../planned-cases.ts";

type Change = Omit<PlannedCase, "rule" | "type" | "deployed" | "harmful" | "harmless"> & {
  /** The arguments that stay. Default: none. */
  readonly with?: Arguments;
  readonly from: Arguments;
  /** What changes: "deleted" if the code no longer has the resource. */
  readonly to: Arguments | "deleted";
  readonly harmless: Arguments | "deleted";
};

/** A case of a rule, made from what changes beside the arguments that stay. */
export const changed =
  (rule: string) =>
  (type: string, { with: fixed = {}, from, to, harmless, ...rest }: Change): PlannedCase => {
    const after = (change: Arguments | "deleted") =>
      change === "deleted" ? change : { ...fixed, ...from, ...change };
    return {
      rule,
      type,
      deployed: { ...fixed, ...from },
      harmful: after(to),
      harmless: after(harmless),
      ...rest,
    };
  };

/** Arguments that keep the provider from planning what AWS would fill in, and what isn't in the state of these cases. */
export const filledIn = (...attributes: readonly string[]): Arguments => ({
  lifecycle: { ignore_changes: attributes },
});
