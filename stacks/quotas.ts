import type { TerraformStack } from "cdktf";
import { expectedLength, type StackJson, type Values } from "./expected-length.ts";

/** A quota of AWS that Terraform doesn't know: AWS refuses what is over it in the middle of an apply. */
interface Quota {
  /** Completes "… has 7,000 …": what is counted. */
  readonly unit: string;
  readonly maximum: number;
  readonly count: (values: Values, stack: StackJson) => number;
}

const listOf = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : []);
/** Quotas for the length of an attribute, which has a usual name. */
const charactersIn =
  (what: string, usualAttribute: string) =>
  (maximum: number, attribute = usualAttribute): Quota => ({
    unit: `characters in its ${what}`,
    maximum,
    count: (values, stack) => expectedLength(values[attribute], stack),
  });
const inName = charactersIn("name", "name");
const inDescription = charactersIn("description", "description");
const inPolicy = charactersIn("policy", "policy");
const inQuery = charactersIn("query", "query");
const inView = charactersIn("view", "view_original_text");
const inRule = charactersIn("rule", "alarm_rule");
const inTrustPolicy = charactersIn("trust policy", "assume_role_policy");

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** All of a type that belong to the same as this one: they have the same reference in an attribute. */
const ofSame = (attribute: string, type: string, values: Values, { resource = {} }: StackJson) =>
  Object.values(resource[type] ?? {}).filter((other) => other[attribute] === values[attribute]);

const topicsToNotify: Quota = {
  unit: "topics to notify",
  maximum: 5,
  count: ({ alarm_actions }) => listOf(alarm_actions).length,
};

/** By Terraform's resource type; the pages are AWS's. */
const quotas: Readonly<Record<string, readonly Quota[]>> = {
  // https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html
  aws_athena_named_query: [inName(128), inDescription(1_024), inQuery(262_144)],
  // https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html
  aws_athena_workgroup: [inName(128), inDescription(1_024)],
  // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupPlan.html
  aws_backup_plan: [inName(50)],
  // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
  aws_backup_selection: [inName(50)],
  // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
  aws_backup_vault: [inName(50)],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  aws_cloudwatch_metric_alarm: [
    inName(255, "alarm_name"),
    inDescription(1_024, "alarm_description"),
    topicsToNotify,
  ],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
  aws_cloudwatch_composite_alarm: [
    inName(255, "alarm_name"),
    inDescription(1_024, "alarm_description"),
    inRule(10_240),
    {
      unit: "alarms in its rule",
      maximum: 100,
      count: ({ alarm_rule }) => (String(alarm_rule).match(/ALARM\(/g) ?? []).length,
    },
    topicsToNotify,
  ],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
  aws_cloudwatch_dashboard: [inName(255, "dashboard_name")],
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
  aws_cloudwatch_log_group: [inName(512)],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
  aws_cloudwatch_log_metric_filter: [
    inName(512),
    {
      unit: "metric filters of its log group",
      maximum: 100,
      count: (values, stack) =>
        ofSame("log_group_name", "aws_cloudwatch_log_metric_filter", values, stack).length,
    },
  ],
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_CreateCluster.html
  aws_dax_cluster: [inName(20, "cluster_name")],
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
  aws_dynamodb_table: [
    inName(255),
    {
      unit: "global secondary indexes",
      maximum: 20,
      count: ({ global_secondary_index }) => listOf(global_secondary_index).length,
    },
    {
      unit: "projected attributes in its indexes",
      maximum: 100,
      count: ({ global_secondary_index }) =>
        listOf(global_secondary_index).flatMap((index) => listOf((index as Values)["non_key_attributes"]))
          .length,
    },
  ],
  // https://docs.aws.amazon.com/glue/latest/webapi/API_DatabaseInput.html and API_TableInput.html
  aws_glue_catalog_database: [inName(255), inDescription(2_048)],
  aws_glue_catalog_table: [inName(255), inDescription(2_048), inView(409_600)],
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  aws_iam_policy: [inName(128), inDescription(1_000), inPolicy(6_144)],
  aws_iam_role: [inName(64), inDescription(1_000), inTrustPolicy(2_048)],
  aws_iam_role_policy: [
    inName(128),
    {
      unit: "characters in all inline policies of its role",
      maximum: 10_240,
      count: (values, stack) =>
        sum(
          ofSame("role", "aws_iam_role_policy", values, stack).map(({ policy }) =>
            expectedLength(policy, stack),
          ),
        ),
    },
  ],
  aws_iam_role_policy_attachment: [
    {
      unit: "managed policies of its role",
      maximum: 10,
      count: (values, stack) => ofSame("role", "aws_iam_role_policy_attachment", values, stack).length,
    },
  ],
  // https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
  aws_kms_alias: [inName(256)],
  aws_kms_key: [inDescription(8_192), inPolicy(32_768)],
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  aws_lambda_event_source_mapping: [
    {
      unit: "filters",
      maximum: 5,
      count: ({ filter_criteria }) => listOf((filter_criteria as Values | undefined)?.["filter"]).length,
    },
  ],
  aws_lambda_function: [
    inName(64, "function_name"),
    inDescription(256),
    {
      unit: "bytes in its environment variables",
      maximum: 4_096,
      count: ({ environment }, stack) =>
        sum(
          Object.entries((environment as Values | undefined)?.["variables"] ?? {}).map(
            ([name, value]) => name.length + expectedLength(value, stack),
          ),
        ),
    },
  ],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  aws_s3_bucket: [inName(63, "bucket")],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
  aws_s3_bucket_policy: [inPolicy(20_480)],
  // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
  aws_scheduler_schedule: [inName(64), inDescription(512)],
  // https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
  aws_security_group: [inName(255), inDescription(255)],
  aws_vpc_endpoint: [inPolicy(20_480)],
  // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
  aws_sns_topic: [inName(256)],
  // https://docs.aws.amazon.com/general/latest/gr/sns.html
  aws_sns_topic_policy: [inPolicy(30_720)],
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html
  aws_sqs_queue: [inName(80), inPolicy(8_192)],
};

// https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
const tags: Quota = {
  unit: "tags",
  maximum: 50,
  count: ({ tags: own }, { provider }) => {
    const everywhere = provider?.aws?.[0]?.default_tags?.[0]?.tags;
    return Object.keys({ ...everywhere, ...(own as object | undefined) }).length;
  },
};

/**
 * Finds what a stack has more of than AWS's quotas allow.
 * @returns a sentence for each, with the figure.
 */
export function findOverQuota(stack: TerraformStack): string[] {
  stack.prepareStack();
  const json = stack.toTerraform() as StackJson;
  return Object.entries(json.resource ?? {}).flatMap(([type, resources]) =>
    Object.values(resources).flatMap((values) =>
      [...(quotas[type] ?? []), tags].flatMap(({ unit, maximum, count }) => {
        const found = count(values, json);
        return found > maximum
          ? [`${pathOf(values)} (${type}) has ${whole(found)} ${unit}; AWS allows ${whole(maximum)}`]
          : [];
      }),
    ),
  );
}

const pathOf = (values: Values) => (values["//"] as { metadata: { path: string } }).metadata.path;
const whole = (number: number) => number.toLocaleString("en");
