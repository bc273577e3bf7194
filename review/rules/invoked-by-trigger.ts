import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, textOf } from "../plan/value.ts";

/** The event source mappings in the plan that invoke a function, before or after. */
export const triggersOf = (fn: ResourceChange, plan: Plan): readonly ResourceChange[] =>
  plan
    .ofType("aws_lambda_event_source_mapping")
    .filter(({ before, after }) => [before, after].some((mapping) => invokes(mapping, fn)));

/** Whether an event source mapping in the plan invokes a function. */
export const isTriggered = (fn: ResourceChange, plan: Plan): boolean => triggersOf(fn, plan).length > 0;

/** A mapping names its function by name, by ARN, or by the ARN of a version or alias. */
function invokes(mapping: Attributes | undefined, { address, before, after }: ResourceChange): boolean {
  const name = textOf(before, "function_name") ?? textOf(after, "function_name") ?? address;
  const arn = textOf(before, "arn");
  const reference = textOf(mapping, "function_name");
  return (
    (reference !== undefined && (reference === name || isWithin(arn, reference))) ||
    isWithin(arn, textOf(mapping, "function_arn"))
  );
}

const isWithin = (arn: string | undefined, reference: string | undefined): boolean =>
  arn !== undefined && (reference === arn || reference?.startsWith(`${arn}:`) === true);
