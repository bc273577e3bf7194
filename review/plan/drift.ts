import { Declarations } from "./declarations.ts";
import { Plan, planFromJson, type ResourceChange } from "./plan.ts";
import type { PlanJson, ResourceChangeJson, StateModuleJson } from "../../terraform/plan-json.ts";
import { type Attributes, blocksOf, isList, isSame, numberOf, textOf, textsOf, type Value } from "./value.ts";

/** What was found to have changed outside Terraform, as if it were planned: the state as before, AWS as after. */
export function driftFromJson(plans: readonly PlanJson[], declarations = new Declarations()): Plan {
  const found = planFromJson(plans.map(driftAsPlan), declarations);
  const { outputs, deferred, complete, references } = found;
  const changes = found.changes.map((change) => withoutEchoes(change, found));
  return new Plan({ changes, outputs, deferred, complete, declarations, references });
}

function driftAsPlan(json: PlanJson): PlanJson {
  const drifted = json.resource_drift ?? [];
  const addresses = new Set(drifted.map(({ address }) => address));
  const others = resourcesIn(json.prior_state?.values?.root_module).filter(
    ({ address }) => !addresses.has(address),
  );
  return { ...json, resource_changes: [...drifted, ...others], output_changes: {}, deferred_changes: [] };
}

/** What is in the state, as if a plan left it as it is. */
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
 * A resource often shows what other resources of the same state put into it: a role its policies, a security group
 * its rules. The state of the first apply has it without them; that is no change from outside.
 */
function withoutEchoes(change: ResourceChange, plan: Plan): ResourceChange {
  if (change.action !== "update" || !change.before || !change.after) return change;
  const own = (attributes: Attributes): Attributes =>
    Object.fromEntries(
      Object.entries(attributes).map(([name, value]): [string, Value] => {
        if (isRepeated(change.type, name, attributes, plan)) return [name, null];
        const isEcho = ECHOES[change.type]?.[name];
        return [
          name,
          isEcho && isList(value) ? value.filter((item) => !isEcho(item, attributes, plan)) : value,
        ];
      }),
    );
  const [before, after] = [own(change.before), own(change.after)];
  return { ...change, before, after, action: isSame(before, after) ? "no-op" : "update" };
}

/** Attributes of a bucket that resources of their own set, by the ends of their types; those show it when they drift. */
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

function isRepeated(type: string, attribute: string, owner: Attributes, plan: Plan): boolean {
  const part = type === "aws_s3_bucket" ? BUCKET_PARTS[attribute] : undefined;
  return (
    part !== undefined &&
    plan.ofType(`aws_s3_bucket_${part}`).some(({ before }) => before?.["bucket"] === owner["bucket"])
  );
}

/** Whether an item of a list is another resource's doing. */
type IsEcho = (item: Value, owner: Attributes, plan: Plan) => boolean;

const ECHOES: Readonly<Record<string, Readonly<Record<string, IsEcho>>>> = {
  aws_iam_role: {
    inline_policy: (item, role, plan) =>
      plan
        .ofType("aws_iam_role_policy")
        .some(
          ({ before }) =>
            before?.["role"] === role["name"] &&
            isSame(
              { name: before?.["name"] ?? null, policy: parsed(before) },
              { ...(item as Attributes), policy: parsed(item) },
            ),
        ),
    managed_policy_arns: (item, role, plan) =>
      plan
        .ofType("aws_iam_role_policy_attachment")
        .some(({ before }) => before?.["role"] === role["name"] && before?.["policy_arn"] === item),
  },
  aws_security_group: {
    ingress: (item, group, plan) => isRule(item, group, plan, "ingress"),
    egress: (item, group, plan) => isRule(item, group, plan, "egress"),
  },
};

function parsed(policy: Value | undefined): Value {
  try {
    return JSON.parse(textOf(policy as Attributes, "policy") ?? "null") as Value;
  } catch {
    return null;
  }
}

/** What a rule of its own and a rule within a group call the same thing. */
const TARGETS = [
  ["cidr_ipv4", "cidr_blocks"],
  ["cidr_ipv6", "ipv6_cidr_blocks"],
  ["prefix_list_id", "prefix_list_ids"],
  ["referenced_security_group_id", "security_groups"],
] as const;

function isRule(item: Value, group: Attributes, plan: Plan, direction: "ingress" | "egress"): boolean {
  const [within] = blocksOf({ item: [item] }, "item");
  return plan
    .ofType(`aws_vpc_security_group_${direction}_rule`)
    .some(
      ({ before }) =>
        textOf(before, "security_group_id") === textOf(group, "id") &&
        textOf(before, "ip_protocol") === textOf(within, "protocol") &&
        ["from_port", "to_port"].every(
          (port) => (numberOf(before, port) ?? 0) === (numberOf(within, port) ?? 0),
        ) &&
        TARGETS.every(([one, list]) => isSame([textOf(before, one) ?? null], [...textsOf(within, list)])),
    );
}
