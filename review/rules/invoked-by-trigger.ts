import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, textOf } from "../plan/value.ts";

/** The event source mappings in the plan that invoke a function, before or after. */
export function triggersOf(fn: ResourceChange, plan: Plan): readonly ResourceChange[] {
  const own = [fn.before, fn.after].flatMap((state) => textsAt(state, "function_name", "arn"));
  return plan.ofType("aws_lambda_event_source_mapping").filter(({ before, after, address }) =>
    [before, after].some((mapping) => {
      const references = textsAt(mapping, "function_name", "function_arn");
      return references.length > 0
        ? references.some((reference) => own.some((name) => isOf(reference, name)))
        : plan.references.get(address, "function_name").includes(fn.address);
    }),
  );
}

/** Whether an event source mapping in the plan invokes a function. */
export const isTriggered = (fn: ResourceChange, plan: Plan): boolean => triggersOf(fn, plan).length > 0;

const textsAt = (state: Attributes | undefined, ...names: readonly string[]) =>
  names.flatMap((name) => textOf(state, name) ?? []);

/** Whether a mapping's reference is a function's name or ARN, or one of its version or alias. */
const isOf = (reference: string, name: string): boolean =>
  reference === name || reference.startsWith(`${name}:`);
