import { join } from "node:path";
import type { StackPlan } from "../../terraform/plan-environment.ts";
import { type PlanJson, type ResourceChangeJson, unknownSections } from "../../terraform/plan-json.ts";
import { Declarations, readDeclarations } from "./declarations.ts";
import { groupBy } from "./group-by.ts";
import { References } from "./references.ts";
import { redact } from "./secrets.ts";
import { type Attributes, isAttributes, type Value } from "./value.ts";

/**
 * What happens to a resource. A "move" changes only its address, an "import" only the state; "unknown" is what the plan
 * says in words that this version doesn't know, or in ones that its values contradict.
 */
export type Action =
  "create" | "update" | "replace" | "delete" | "forget" | "read" | "import" | "move" | "no-op" | "unknown";

/** What a plan does to one resource. */
export interface ResourceChange {
  readonly address: string;
  /** The path of the construct that creates it: `messaging-dev/messages-table/table`. */
  readonly path?: string | undefined;
  readonly previousAddress?: string | undefined;
  readonly type: string;
  readonly action: Action;
  /** Terraform's own words for it: `["delete", "create"]`. */
  readonly words: readonly string[];
  /** Whether it is imported into the state, changed or not. */
  readonly isImported: boolean;
  /** Absent for a create. */
  readonly before?: Attributes | undefined;
  /** Absent for a delete or forget. */
  readonly after?: Attributes | undefined;
  /** Terraform's `action_reason`: `replace_because_cannot_update`, `delete_because_no_resource_config`, … */
  readonly reason?: string | undefined;
  /** The attributes that force a replacement. */
  readonly forcedBy: readonly string[];
}

/** A plan for the rules; secrets are hidden in it. */
export interface Plan {
  readonly changes: readonly ResourceChange[];
  /** The outputs of the stacks that change. */
  readonly outputs: readonly { readonly name: string; readonly before: Value; readonly after: Value }[];
  /** Changes that Terraform defers to a later plan, and why. */
  readonly deferred: readonly { readonly change: ResourceChange; readonly reason: string }[];
  /** What changed outside Terraform since the last apply: the state is before, AWS is after. */
  readonly drift: readonly ResourceChange[];
  /** The conditions of the code that don't hold, by their addresses, and what they say. */
  readonly failedChecks: readonly { readonly address: string; readonly message: string }[];
  /** The actions that the apply runs beside its changes, and the resource whose change runs each. */
  readonly invocations: readonly {
    readonly address: string;
    readonly type: string;
    readonly trigger?: string | undefined;
  }[];
  /** The sections, and the modes of resources, that this version doesn't know. */
  readonly unknownParts: readonly string[];
  /** False if Terraform says that another plan has to follow. */
  readonly complete: boolean;
  /** When it was made, ISO 8601; of several, the earliest. Undefined if Terraform doesn't say. */
  readonly planned?: string | undefined;
  readonly declarations: Declarations;
  readonly references: References;
  /** The resources of these types, changed or not. */
  ofType(...types: readonly string[]): readonly ResourceChange[];
  /** The resources of this type that are updated in place. */
  updated(type: string): readonly ResourceChange[];
}

/** Makes a plan of its parts. */
export function makePlan(parts: Omit<Plan, "ofType" | "updated">): Plan {
  const byType = groupBy(parts.changes, ({ type }) => type);
  const ofType = (...types: readonly string[]) => types.flatMap((type) => byType.get(type) ?? []);
  const updated = (type: string) => ofType(type).filter(({ action }) => action === "update");
  return { ...parts, ofType, updated };
}

/** A function of a plan that is computed once for each plan: several rules ask for the same. */
export function oncePerPlan<Found>(find: (plan: Plan) => Found): (plan: Plan) => Found {
  const known = new WeakMap<Plan, { readonly found: Found }>();
  return (plan) => {
    const { found } = known.get(plan) ?? { found: find(plan) };
    known.set(plan, { found });
    return found;
  };
}

/** Combines the plans of stacks, with what the `cdk.tf.json` in the folder of each declares. */
export const planFromStacks = (stacks: readonly Pick<StackPlan, "folder" | "json">[]): Plan =>
  planFromJson(
    stacks.map(({ json }) => json),
    readDeclarations(...stacks.map(({ folder }) => join(folder, "cdk.tf.json"))),
  );

/** Combines the plans of one or more stacks. */
export function planFromJson(plans: readonly PlanJson[], declarations = new Declarations()): Plan {
  return makePlan({
    changes: plans
      .flatMap((json) => json.resource_changes ?? [])
      .filter(({ mode }) => mode === "managed")
      .map((change) => resourceChange(change, declarations)),
    outputs: plans.flatMap(outputChanges),
    deferred: plans
      .flatMap((json) => json.deferred_changes ?? [])
      .map(({ reason = "unknown", resource_change: change }) => ({
        change: resourceChange(change, declarations),
        reason,
      })),
    drift: plans
      .flatMap((json) => json.resource_drift ?? [])
      .filter(({ mode }) => mode === "managed")
      .map((change) => resourceChange(change, declarations)),
    failedChecks: plans.flatMap(failedChecks),
    invocations: plans.flatMap(invocations),
    unknownParts: plans.flatMap((json) => [...unknownSections(json), ...unknownModes(json)]),
    complete: plans.every(({ complete }) => complete !== false),
    planned: plans.flatMap(({ timestamp }) => timestamp ?? []).sort()[0],
    declarations,
    references: new References(...plans.map(({ configuration }) => configuration?.root_module)),
  });
}

function resourceChange(json: ResourceChangeJson, declarations: Declarations): ResourceChange {
  const action = actionOf(json);
  const { change } = json;
  const before = attributesIn(redact(change.before, change.before_sensitive));
  const after =
    action === "no-op" || action === "move"
      ? before
      : attributesIn(redact(change.after, change.after_sensitive, change.after_unknown));
  return {
    address: json.deposed === undefined ? json.address : `${json.address} (deposed ${json.deposed})`,
    path: declarations.get(json.address)?.path,
    previousAddress: json.previous_address,
    type: json.type,
    action,
    words: change.actions,
    isImported: isImported(json),
    ...(action !== "create" && { before }),
    ...(action !== "delete" && action !== "forget" && { after }),
    reason: json.action_reason,
    forcedBy: (change.replace_paths ?? []).map(formatPath),
  };
}

/** The actions of Terraform, by its words for them in the order of the alphabet. */
const ACTIONS: Readonly<Record<string, Action>> = {
  create: "create",
  "create,delete": "replace",
  // Forgotten and recreated: the old resource stays in AWS.
  "create,forget": "forget",
  delete: "delete",
  forget: "forget",
  "no-op": "no-op",
  read: "read",
  update: "update",
};

function actionOf(json: ResourceChangeJson): Action {
  const { change, previous_address: previous, address } = json;
  const action = ACTIONS[[...change.actions].sort().join()] ?? "unknown";
  if (action !== "no-op") return action;
  if (!isUnchanged(change)) return "unknown";
  if (isImported(json)) return "import";
  return previous !== undefined && previous !== address ? "move" : "no-op";
}

const isUnchanged = ({ before, after }: ResourceChangeJson["change"]) =>
  before === after || JSON.stringify(before) === JSON.stringify(after);

const isImported = ({ change }: ResourceChangeJson) =>
  change.importing !== undefined && change.importing !== null;

function outputChanges(json: PlanJson): Plan["outputs"] {
  return Object.entries(json.output_changes ?? {})
    .filter(([, { actions }]) => !actions.every((action) => action === "no-op"))
    .map(([name, change]) => ({
      name,
      before: redact(change.before, change.before_sensitive, undefined, name),
      after: redact(change.after, change.after_sensitive, change.after_unknown, name),
    }));
}

const failedChecks = ({ checks = [] }: PlanJson): Plan["failedChecks"] =>
  checks
    .filter(({ status }) => status === "fail" || status === "error")
    .map(({ address, instances = [] }) => ({
      address: address.to_display,
      message: instances
        .flatMap(({ problems = [] }) => problems.map(({ message }) => message ?? ""))
        .join(" "),
    }));

function invocations(json: PlanJson): Plan["invocations"] {
  const deferred = (json.deferred_action_invocations ?? []).map((one) => one.action_invocation);
  return [...(json.action_invocations ?? []), ...deferred].map(
    ({ address, type, lifecycle_action_trigger: trigger }) => ({
      address,
      type,
      trigger: trigger?.triggering_resource_address,
    }),
  );
}

/** Data sources change nothing. */
const unknownModes = ({ resource_changes: changes = [] }: PlanJson): string[] =>
  changes
    .filter(({ mode }) => mode !== "managed" && mode !== "data")
    .map(({ address, mode }) => `${address} (of mode ${mode})`);

const attributesIn = (value: Value): Attributes | undefined => (isAttributes(value) ? value : undefined);

/** Formats a path to an attribute: `local_secondary_index[0].name`. */
const formatPath = (path: readonly (string | number)[]) =>
  path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
