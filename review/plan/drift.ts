import type { StackPlan } from "../../terraform/plan-environment.ts";
import type { PlanJson, ResourceChangeJson, StateModuleJson } from "../../terraform/plan-json.ts";
import { makePlan, type Plan, planFromStacks, type ResourceChange } from "./plan.ts";
import { withoutScaling } from "./scaled-capacity.ts";
import {
  type Attributes,
  isAttributes,
  isList,
  isSame,
  numberOf,
  textOf,
  textsOf,
  type Value,
} from "./value.ts";

/** Turns the drift in refresh-only plans into a plan: the state is before, AWS is after. */
export function driftFromStacks(stacks: readonly StackPlan[]): Plan {
  const drift = planFromStacks(stacks.map((stack) => ({ ...stack, json: driftAsChanges(stack.json) })));
  return makePlan({ ...drift, changes: drift.changes.map((change) => withoutOwnDoing(change, drift)) });
}

/** Removes from a change outside of Terraform what other resources of the same state do to it. */
export const withoutOwnDoing = (change: ResourceChange, plan: Plan): ResourceChange =>
  withoutScaling(withoutReflections(change, plan), plan);

/** Turns plans that don't ask AWS for the state of the resources into a plan of what isn't applied yet. */
export function pendingFromStacks(stacks: readonly StackPlan[]): Plan {
  const pending = planFromStacks(stacks);
  return makePlan({ ...pending, changes: pending.changes.map((change) => withoutScaling(change, pending)) });
}

function driftAsChanges(json: PlanJson): PlanJson {
  const drifted = json.resource_drift ?? [];
  const addresses = new Set(drifted.map(({ address }) => address));
  const others = resourcesIn(json.prior_state?.values?.root_module).filter(
    ({ address }) => !addresses.has(address),
  );
  return {
    ...json,
    resource_changes: [...drifted, ...others],
    resource_drift: [],
    output_changes: {},
    deferred_changes: [],
  };
}

/** The resources in the state, as changes that do nothing. */
function resourcesIn(module: StateModuleJson = {}): ResourceChangeJson[] {
  const own = (module.resources ?? []).map(({ values, sensitive_values: sensitive, ...resource }) => ({
    ...resource,
    change: {
      actions: ["no-op"],
      before: values,
      after: values,
      before_sensitive: sensitive,
      after_sensitive: sensitive,
    },
  }));
  return [...own, ...(module.child_modules ?? []).flatMap(resourcesIn)];
}

/**
 * Removes from a resource what other resources in the same state put into it: a role's policies, a security group's
 * rules. The state of the first apply lacks them, so the next refresh shows them, but nobody changed anything.
 */
function withoutReflections(change: ResourceChange, plan: Plan): ResourceChange {
  if (change.action !== "update" || !change.before || !change.after) return change;
  const own = (attributes: Attributes): Attributes =>
    Object.fromEntries(
      Object.entries(attributes).map(([name, value]): [string, Value] => {
        if (isBucketPart(change.type, name, attributes, plan)) return [name, null];
        const isReflection = REFLECTIONS[`${change.type}.${name}`];
        if (!isReflection || !isList(value)) return [name, value];
        return [name, value.filter((item) => !isReflection(item, attributes, plan))];
      }),
    );
  const [before, after] = [own(change.before), own(change.after)];
  return { ...change, before, after, action: isSame(before, after) ? "no-op" : "update" };
}

/** Attributes of a bucket that separate resources manage and report, with the end of the resource type. */
const BUCKET_PARTS: Readonly<Record<string, string>> = {
  acl: "acl",
  cors_rule: "cors_configuration",
  grant: "acl",
  lifecycle_rule: "lifecycle_configuration",
  logging: "logging",
  object_lock_configuration: "object_lock_configuration",
  policy: "policy",
  server_side_encryption_configuration: "server_side_encryption_configuration",
  versioning: "versioning",
};

function isBucketPart(type: string, attribute: string, bucket: Attributes, plan: Plan): boolean {
  const part = type === "aws_s3_bucket" ? BUCKET_PARTS[attribute] : undefined;
  return (
    part !== undefined &&
    plan.ofType(`aws_s3_bucket_${part}`).some(({ before }) => before?.["bucket"] === bucket["bucket"])
  );
}

/** Whether another resource put the item into the list. */
type IsReflection = (item: Value, owner: Attributes, plan: Plan) => boolean;

const REFLECTIONS: Readonly<Record<string, IsReflection>> = {
  "aws_iam_role.inline_policy": (item, role, plan) =>
    plan
      .ofType("aws_iam_role_policy")
      .some(
        ({ before }) =>
          before?.["role"] === role["name"] &&
          isSame({ name: before?.["name"] ?? null, policy: before?.["policy"] ?? null }, item),
      ),
  "aws_iam_role.managed_policy_arns": (item, role, plan) =>
    plan
      .ofType("aws_iam_role_policy_attachment")
      .some(({ before }) => before?.["role"] === role["name"] && before?.["policy_arn"] === item),
  "aws_security_group.ingress": (item, group, plan) => isManagedRule("ingress", item, group, plan),
  "aws_security_group.egress": (item, group, plan) => isManagedRule("egress", item, group, plan),
};

/** The attributes of a separate security group rule, and those of a rule within a group. */
const TARGETS = [
  ["cidr_ipv4", "cidr_blocks"],
  ["cidr_ipv6", "ipv6_cidr_blocks"],
  ["prefix_list_id", "prefix_list_ids"],
  ["referenced_security_group_id", "security_groups"],
] as const;

function isManagedRule(direction: string, item: Value, group: Attributes, plan: Plan): boolean {
  const rule = isAttributes(item) ? item : undefined;
  return plan
    .ofType(`aws_vpc_security_group_${direction}_rule`)
    .some(
      ({ before }) =>
        textOf(before, "security_group_id") === textOf(group, "id") &&
        textOf(before, "ip_protocol") === textOf(rule, "protocol") &&
        ["from_port", "to_port"].every(
          (port) => (numberOf(before, port) ?? 0) === (numberOf(rule, port) ?? 0),
        ) &&
        TARGETS.every(([single, list]) => isSame([textOf(before, single) ?? null], [...textsOf(rule, list)])),
    );
}
