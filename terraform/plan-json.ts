import { z } from "zod";
import { UserError } from "../config/user-error.ts";
import { isNestedTooDeep, MAXIMUM_DEPTH } from "./nesting.ts";

/**
 * The parts of a plan's JSON that a review reads; Terraform and OpenTofu write the same. Unknown properties are left
 * alone, as the format asks: https://developer.hashicorp.com/terraform/internals/json-format
 */
const change = z.object({
  actions: z.array(z.string()),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  after_unknown: z.unknown().optional(),
  before_sensitive: z.unknown().optional(),
  after_sensitive: z.unknown().optional(),
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
  importing: z.unknown().optional(),
});

const resourceChange = z
  .object({
    address: z.string().optional(),
    previous_address: z.string().optional(),
    module_address: z.string().optional(),
    mode: z.string().default("managed"),
    type: z.string(),
    name: z.string().default(""),
    index: z.union([z.string(), z.number()]).optional(),
    deposed: z.string().optional(),
    action_reason: z.string().optional(),
    change,
  })
  .transform((resource) => ({ ...resource, address: resource.address ?? addressOf(resource) }));

/** Terraform 1.0.0 leaves the address of drifted resources out. */
function addressOf({ module_address: module, type, name, index }: ResourceName): string {
  const place = index === undefined ? "" : `[${JSON.stringify(index)}]`;
  return `${module === undefined ? "" : `${module}.`}${type}.${name}${place}`;
}

interface ResourceName {
  readonly module_address?: string | undefined;
  readonly type: string;
  readonly name: string;
  readonly index?: string | number | undefined;
}

const stateResource = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  values: z.unknown().optional(),
  sensitive_values: z.unknown().optional(),
});

const stateModule = z.object({
  resources: z.array(stateResource).optional(),
  get child_modules() {
    return z.array(stateModule).optional();
  },
});

/** A condition of the code: of a `check` block, a resource or an output. */
const checkResult = z.object({
  address: z.object({ to_display: z.string() }),
  status: z.string(),
  instances: z
    .array(z.object({ problems: z.array(z.object({ message: z.string().optional() })).optional() }))
    .optional(),
});

/** An action that an apply runs beside its changes, from Terraform 1.14 on. */
const actionInvocation = z.object({
  address: z.string(),
  type: z.string(),
  lifecycle_action_trigger: z
    .object({ triggering_resource_address: z.string(), action_trigger_event: z.string().optional() })
    .optional(),
});

/** Unknown sections are kept, so that a review can say which ones it doesn't know. */
const planJson = z.looseObject({
  format_version: z.string(),
  terraform_version: z.string().optional(),
  timestamp: z.string().optional(),
  errored: z.boolean().optional(),
  complete: z.boolean().optional(),
  resource_changes: z.array(resourceChange).optional(),
  resource_drift: z.array(resourceChange).optional(),
  output_changes: z.record(z.string(), change).optional(),
  deferred_changes: z
    .array(z.object({ reason: z.string().optional(), resource_change: resourceChange }))
    .optional(),
  action_invocations: z.array(actionInvocation).optional(),
  deferred_action_invocations: z.array(z.object({ action_invocation: actionInvocation })).optional(),
  checks: z.array(checkResult).optional(),
  prior_state: z.object({ values: z.object({ root_module: stateModule.optional() }).optional() }).optional(),
  configuration: z.object({ root_module: z.unknown().optional() }).optional(),
});

export type StateModuleJson = z.output<typeof stateModule>;
export type PlanJson = z.output<typeof planJson>;
export type ResourceChangeJson = z.output<typeof resourceChange>;

/** The sections that no review needs: they say in other words what the others say, or how the plan was made. */
const OTHER_SECTIONS = new Set([
  "applyable",
  "planned_values",
  "proposed_unknown",
  "relevant_attributes",
  "timestamp",
  "variables",
]);

/** The sections of a plan that this version doesn't know. */
export const unknownSections = (plan: PlanJson): readonly string[] =>
  Object.keys(plan).filter((section) => !(section in planJson.shape) && !OTHER_SECTIONS.has(section));

/** The newest supported major version of the format; versions 0 and 1 are the same here. */
const FORMAT_MAJOR = 1;

const HOW_TO = "Make it with: terraform show -json <plan file> > plan.json";

/**
 * Reads a plan's JSON.
 * @param file what the errors call it.
 * @throws UserError when it is not JSON, no plan, of a newer major version, of a plan that failed, or empty.
 */
export function readPlanJson(text: string, file: string): PlanJson {
  const json = parse(text.replace(/^\uFEFF/, ""), file);
  checkFormat(json, file);
  const { data, error } = planJson.safeParse(json);
  if (!data) {
    const [issue] = error.issues;
    throw new UserError(
      `${file} is not the JSON of a plan: ${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? ""}. ${HOW_TO}`,
    );
  }
  if (data.errored === true)
    throw new UserError(
      `${file} is of a plan that failed part of the way, so it says nothing about the rest. Fix the error that terraform plan gave, and plan again.`,
    );
  if (isEmpty(data))
    throw new UserError(
      `${file} is of an empty plan: there is no resource in it, in code or in state. It was probably made in another folder than the stack's.`,
    );
  return data;
}

function parse(text: string, file: string): unknown {
  if (text.trim() === "") throw new UserError(`${file} is empty. ${HOW_TO}`);
  if (isNestedTooDeep(text))
    throw new UserError(
      `${file} is nested more than ${MAXIMUM_DEPTH} levels deep. No plan of Terraform is; it can't be reviewed.`,
    );
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`${file} ${describeInput(text)}. ${HOW_TO}`);
  }
}

function describeInput(text: string): string {
  if (text.startsWith("PK")) return "is a saved plan itself, not its JSON";
  if (text.startsWith('{"@level"')) return "is the log of terraform plan -json, not the JSON of a plan";
  if (/Terraform will perform|Terraform used the selected providers|OpenTofu/.test(text))
    return "is what terraform plan prints for people, not the JSON of a plan";
  return "is not JSON";
}

function checkFormat(json: unknown, file: string): void {
  const given = (typeof json === "object" ? (json ?? {}) : {}) as Record<string, unknown>;
  const version = given["format_version"];
  if ("@level" in given)
    throw new UserError(`${file} is the log of terraform plan -json, not the JSON of a plan. ${HOW_TO}`);
  if (typeof version !== "string")
    throw new UserError(
      "lineage" in given
        ? `${file} is a state file, not the JSON of a plan. ${HOW_TO}`
        : `${file} is JSON, but not of a plan: it has no format_version. ${HOW_TO}`,
    );
  const major = Number.parseInt(version, 10);
  if (!(major <= FORMAT_MAJOR))
    throw new UserError(
      `${file} has format_version ${version}; this review understands up to ${FORMAT_MAJOR}.x, so it can't review this plan: use a Terraform that writes ${FORMAT_MAJOR}.x, or teach terraform/plan-json.ts the new format.`,
    );
  if ("values" in given && !("resource_changes" in given) && !("planned_values" in given))
    throw new UserError(`${file} is the JSON of a state, not of a plan. ${HOW_TO}`);
}

function isEmpty(plan: PlanJson): boolean {
  const { resource_changes: changes, resource_drift: drift, deferred_changes: deferred } = plan;
  const parts = [changes, drift, deferred, plan.output_changes, plan.configuration?.root_module];
  return parts.every((part) => Object.keys(part ?? {}).length === 0);
}
