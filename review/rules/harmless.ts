import type { AttributesByType } from "./rule.ts";

/** Attributes of any resource whose change does no harm, whatever their value is. */
export const HARMLESS_ANYWHERE: ReadonlySet<string> = new Set([
  "arn",
  "description",
  "id",
  "tags",
  "tags_all",
  "timeouts",
]);

/**
 * Attributes whose change does no harm, by resource type; "*" stands for all of them. A type without any is one that
 * does no harm when it is created, but whose updates nobody knows.
 */
export const HARMLESS: AttributesByType = {
  aws_backup_vault_policy: [],
  aws_cloudwatch_dashboard: ["*"],
  aws_cloudwatch_log_resource_policy: [],
  aws_db_subnet_group: [],
  aws_dynamodb_resource_policy: [],
  aws_dynamodb_table: ["attribute", "stream_arn", "stream_label", "table_class"],
  aws_ecr_repository_policy: [],
  aws_efs_file_system_policy: [],
  aws_elasticache_subnet_group: [],
  aws_elasticsearch_domain_policy: [],
  aws_iam_group: [],
  aws_iam_group_policy: [],
  aws_iam_instance_profile: [],
  aws_iam_policy: ["attachment_count", "policy_id"],
  aws_iam_role_policy: [],
  aws_iam_user_policy: [],
  aws_kms_alias: [],
  aws_kms_key: ["rotation_period_in_days"],
  aws_kms_key_policy: [],
  aws_lambda_event_source_mapping: [
    "batch_size",
    "last_modified",
    "maximum_batching_window_in_seconds",
    "metrics_config",
    "parallelization_factor",
    "state",
    "state_transition_reason",
  ],
  // The code of a function is for its tests to judge.
  aws_lambda_function: [
    "architectures",
    "code_sha256",
    "filename",
    "handler",
    "invoke_arn",
    "last_modified",
    "publish",
    "qualified_arn",
    "qualified_invoke_arn",
    "runtime",
    "s3_bucket",
    "s3_key",
    "s3_object_version",
    "source_code_hash",
    "source_code_size",
    "version",
  ],
  aws_opensearch_domain_policy: [],
  aws_route_table: [],
  aws_route_table_association: [],
  aws_s3_bucket_ownership_controls: [],
  aws_s3_bucket_policy: [],
  aws_s3_bucket_server_side_encryption_configuration: [],
  aws_secretsmanager_secret_policy: [],
  aws_sns_topic_policy: [],
  aws_sqs_queue_policy: [],
  aws_subnet: [],
  aws_vpc: [],
  aws_vpc_endpoint_policy: [],
};
