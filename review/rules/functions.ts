import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blockOf, textOf, textsOf } from "../plan/value.ts";

/** The event source mappings that invoke a function, before or after. */
export const mappingsOf = (
  { before, after, address }: ResourceChange,
  plan: Plan,
): readonly ResourceChange[] => {
  const names = [before, after].flatMap((state) =>
    ["function_name", "arn"].flatMap((name) => textOf(state, name) ?? []),
  );
  return plan.ofType("aws_lambda_event_source_mapping").filter((mapping) =>
    [mapping.before, mapping.after].some((state) => {
      const name = textOf(state, "function_name") ?? textOf(state, "function_arn");
      if (name !== undefined) return names.some((own) => own === name || name.startsWith(`${own}:`));
      return plan.references.get(mapping.address, "function_name").includes(address);
    }),
  );
};

/** What a function's mappings read, and where they and the function send what fails. */
export interface Wiring {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
}

/** The wiring of a function on one side of a plan. */
export function wiringOf(fn: ResourceChange, plan: Plan, side: "before" | "after"): Wiring {
  const mappings = mappingsOf(fn, plan)
    .map((mapping) => mapping[side])
    .filter((mapping) => mapping !== undefined);
  const onFailure = mappings.map((mapping) => blockOf(blockOf(mapping, "destination_config"), "on_failure"));
  const textsIn = (states: readonly (Attributes | undefined)[], name: string) =>
    states.map((state) => textOf(state, name)).filter((text) => text !== undefined);
  return {
    sources: textsIn(mappings, "event_source_arn"),
    destinations: [
      ...textsIn(onFailure, "destination_arn"),
      ...textsIn([blockOf(fn[side], "dead_letter_config")], "target_arn"),
    ],
  };
}

/** Whether a function runs in a VPC, and so calls AWS through its endpoints. */
export const isInVpc = ({ after }: ResourceChange): boolean =>
  textsOf(blockOf(after, "vpc_config"), "subnet_ids").length > 0;
