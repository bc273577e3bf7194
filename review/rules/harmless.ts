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

/** Attributes whose change does no harm, by resource type. "*" stands for all. */
export const HARMLESS: AttributesByType = {
  aws_cloudwatch_composite_alarm: ["alarm_description", "ok_actions"],
  aws_cloudwatch_dashboard: ["*"],
  aws_cloudwatch_event_rule: ["force_destroy"],
  aws_cloudwatch_event_target: ["force_destroy"],
  aws_cloudwatch_metric_alarm: ["alarm_description", "ok_actions"],
  aws_db_instance: [
    "backup_window",
    "copy_tags_to_snapshot",
    "final_snapshot_identifier",
    "maintenance_window",
    "performance_insights_retention_period",
  ],
  aws_docdb_cluster: ["final_snapshot_identifier", "preferred_backup_window", "preferred_maintenance_window"],
  aws_elasticache_cluster: ["final_snapshot_identifier", "maintenance_window", "snapshot_window"],
  aws_elasticache_replication_group: ["final_snapshot_identifier", "maintenance_window", "snapshot_window"],
  aws_fsx_lustre_file_system: ["daily_automatic_backup_start_time", "weekly_maintenance_start_time"],
  aws_fsx_ontap_file_system: ["daily_automatic_backup_start_time", "weekly_maintenance_start_time"],
  aws_fsx_openzfs_file_system: ["daily_automatic_backup_start_time", "weekly_maintenance_start_time"],
  aws_fsx_windows_file_system: ["daily_automatic_backup_start_time", "weekly_maintenance_start_time"],
  aws_memorydb_cluster: ["final_snapshot_name", "maintenance_window", "snapshot_window"],
  aws_neptune_cluster: [
    "copy_tags_to_snapshot",
    "final_snapshot_identifier",
    "preferred_backup_window",
    "preferred_maintenance_window",
  ],
  aws_rds_cluster: [
    "copy_tags_to_snapshot",
    "final_snapshot_identifier",
    "performance_insights_retention_period",
    "preferred_backup_window",
    "preferred_maintenance_window",
  ],
  aws_redshift_cluster: ["final_snapshot_identifier", "preferred_maintenance_window"],
  aws_s3_bucket_lifecycle_configuration: ["transition_default_minimum_object_size"],
  aws_s3_bucket_versioning: ["mfa"],
  aws_sns_topic: ["display_name"],
  aws_sns_topic_subscription: ["confirmation_timeout_in_minutes", "endpoint_auto_confirms"],
};
