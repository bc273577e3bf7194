import { POLICY_ATTRIBUTES } from "../review/rules/policies-of.ts";

/** The resources of a synthesized stack, by type and name. */
export type Code = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/** The part of a plan's JSON that checkov reads: https://developer.hashicorp.com/terraform/internals/json-format */
export interface PlannedValues {
  readonly planned_values: {
    readonly root_module: {
      readonly resources: {
        readonly type: string;
        readonly name: string;
        values?: Record<string, unknown>;
      }[];
    };
  };
}

/**
 * Adds to a plan the policies that it doesn't know: a policy that names a resource which is not there yet is known only
 * after the apply, and checkov would not look at it. What is really unknown in them is replaced by the word "unknown".
 */
export function addUnknownPolicies(plan: PlannedValues, stacks: readonly Code[]): void {
  for (const resource of plan.planned_values.root_module.resources) {
    const code = stacks.map((stack) => stack[resource.type]?.[resource.name]).find((found) => found);
    for (const attribute of POLICY_ATTRIBUTES) {
      const written = code?.[attribute];
      if (typeof written === "string" && resource.values?.[attribute] === undefined)
        resource.values = { ...resource.values, [attribute]: withoutExpressions(written) };
    }
  }
}

function withoutExpressions(policy: string): string {
  const text = policy.replaceAll(/\$\{[^}]*\}/g, "unknown");
  JSON.parse(text);
  return text;
}
