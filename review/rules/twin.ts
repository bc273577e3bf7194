import { groupBy } from "../plan/group-by.ts";
import { makePlan, oncePerPlan, type Plan, type ResourceChange } from "../plan/plan.ts";
import { type Attributes, canonicalForm, isEmpty, valuesAt } from "../plan/value.ts";
import type { AttributesByType } from "./rule.ts";

const SECURITY_GROUP_RULE = [
  "security_group_id",
  "ip_protocol",
  "from_port",
  "to_port",
  "cidr_ipv4",
  "cidr_ipv6",
  "prefix_list_id",
  "referenced_security_group_id",
];

/** The attributes that say what a resource is for, whatever it is called: `attribute`, or `block.attribute`. */
export const PURPOSES: AttributesByType = {
  aws_backup_plan: ["rule.rule_name"],
  aws_backup_selection: ["plan_id"],
  aws_backup_vault_lock_configuration: ["backup_vault_name"],
  aws_budgets_budget: ["budget_type", "time_unit", "cost_filter"],
  aws_ce_anomaly_monitor: ["monitor_type", "monitor_dimension", "monitor_specification"],
  aws_ce_anomaly_subscription: ["monitor_arn_list", "subscriber"],
  aws_cloudtrail: ["s3_bucket_name"],
  aws_cloudwatch_composite_alarm: ["alarm_rule"],
  aws_cloudwatch_event_rule: ["event_bus_name", "event_pattern", "schedule_expression"],
  aws_cloudwatch_event_target: ["event_bus_name", "rule", "arn"],
  aws_cloudwatch_log_metric_filter: ["log_group_name", "pattern", "metric_transformation"],
  aws_cloudwatch_log_subscription_filter: ["log_group_name", "filter_pattern", "destination_arn"],
  aws_cloudwatch_metric_alarm: [
    "namespace",
    "metric_name",
    "dimensions",
    "statistic",
    "extended_statistic",
    "metric_query",
  ],
  aws_config_configuration_recorder_status: ["name"],
  aws_db_event_subscription: ["sns_topic", "source_type", "source_ids"],
  aws_dlm_lifecycle_policy: ["policy_details.resource_types", "policy_details.target_tags"],
  aws_ecr_lifecycle_policy: ["repository"],
  aws_efs_backup_policy: ["file_system_id"],
  aws_flow_log: ["vpc_id", "subnet_id", "eni_id", "log_destination"],
  aws_s3_bucket_object_lock_configuration: ["bucket"],
  aws_s3_bucket_public_access_block: ["bucket"],
  aws_s3_bucket_replication_configuration: ["bucket"],
  aws_s3_bucket_versioning: ["bucket"],
  aws_security_group_rule: [
    "security_group_id",
    "type",
    "protocol",
    "from_port",
    "to_port",
    "cidr_blocks",
    "ipv6_cidr_blocks",
    "prefix_list_ids",
    "source_security_group_id",
    "self",
  ],
  aws_sns_topic_subscription: ["topic_arn", "protocol", "endpoint"],
  aws_vpc_security_group_egress_rule: SECURITY_GROUP_RULE,
  aws_vpc_security_group_ingress_rule: SECURITY_GROUP_RULE,
};

/**
 * The resources that are deleted or replaced while one with the same purpose is created in their place: an alarm on the
 * same metric under another name. A deletion like that takes nothing away; what differs between the two is for the
 * rules of the settings to judge. A purpose that is known only after apply counts as another one.
 * @returns by what is deleted or replaced, what takes its place; a replaced resource can take its own.
 */
export const findTwins = oncePerPlan((plan): ReadonlyMap<ResourceChange, ResourceChange> => {
  const created = groupBy(
    plan.changes.filter(({ action }) => action === "create"),
    ({ type, after }) => purposeOf(type, after) ?? "",
  );
  const twins = new Map<ResourceChange, ResourceChange>();
  const taken = new Set<ResourceChange>();
  for (const removed of plan.changes) {
    if (removed.action !== "delete" && removed.action !== "replace") continue;
    const purpose = purposeOf(removed.type, removed.before);
    if (purpose === undefined) continue;
    const twin =
      purposeOf(removed.type, removed.after) === purpose
        ? removed
        : created.get(purpose)?.find((candidate) => !taken.has(candidate));
    if (twin === undefined) continue;
    taken.add(twin);
    twins.set(removed, twin);
  }
  return twins;
});

/** The plan in which a deleted resource with a twin is updated to what its twin is. */
export const withTwinsPaired = oncePerPlan((plan): Plan => {
  const twins = findTwins(plan);
  const former = new Map([...twins].map(([removed, twin]) => [twin, removed]));
  const changes = plan.changes.flatMap((change) => {
    if (change.action === "delete" && twins.has(change)) return [];
    const removed = former.get(change);
    if (removed === undefined || removed === change) return [change];
    return [{ ...change, action: "update" as const, before: removed.before }];
  });
  return makePlan({ ...plan, changes });
});

/** The type and purpose of a resource as a text; undefined if nothing says what it is for. */
function purposeOf(type: string, attributes: Attributes | undefined): string | undefined {
  const values = PURPOSES[type]?.map((path) => [...valuesAt(attributes, path)]);
  return values === undefined || isEmpty(values)
    ? undefined
    : [type, ...values.map((value) => canonicalForm(value))].join("\n");
}
