import { fewerPlanned, fewerResources, fewerSnapshots } from "./backup-schedule.ts";
import { BLOCKED_WHERE_PROTECTED } from "./rule.ts";
import { leaves, lowered, shortened, turnedOff } from "./harm.ts";
import { type HarmfulSetting } from "./setting.ts";

const level = BLOCKED_WHERE_PROTECTED;

const retention = (attribute: string, ...types: readonly string[]): HarmfulSetting => ({
  types,
  attribute,
  is: "the time for which backups are kept",
  harm: lowered({ unit: "days" }),
  level,
  instead: `Keep ${attribute}, or raise it.`,
});

/** The settings of databases, file systems and AWS Backup that say what is backed up, how often and for how long. */
export const backupSettings: readonly HarmfulSetting[] = [
  retention(
    "backup_retention_period",
    "aws_db_instance",
    "aws_docdb_cluster",
    "aws_docdbelastic_cluster",
    "aws_neptune_cluster",
    "aws_rds_cluster",
  ),
  retention(
    "snapshot_retention_limit",
    "aws_elasticache_cluster",
    "aws_elasticache_replication_group",
    "aws_elasticache_serverless_cache",
    "aws_memorydb_cluster",
  ),
  retention(
    "automatic_backup_retention_days",
    "aws_fsx_lustre_file_system",
    "aws_fsx_ontap_file_system",
    "aws_fsx_openzfs_file_system",
    "aws_fsx_windows_file_system",
  ),
  retention("automated_snapshot_retention_period", "aws_redshift_cluster"),
  retention(
    "retention_period",
    "aws_db_instance_automated_backups_replication",
    "aws_redshift_snapshot_copy",
  ),
  retention("min_retention_days", "aws_backup_vault_lock_configuration"),
  {
    ...retention("backtrack_window", "aws_rds_cluster"),
    is: "the time by which the cluster can be rewound",
    harm: lowered({ unit: "seconds" }),
  },
  {
    types: ["aws_lightsail_database"],
    attribute: "backup_retention_enabled",
    is: "automated backup",
    harm: turnedOff,
    level,
    instead: "Keep backup_retention_enabled on.",
  },
  {
    types: ["aws_dynamodb_table_replica"],
    attribute: "point_in_time_recovery",
    is: "point-in-time recovery",
    harm: turnedOff,
    level,
    instead: "Keep point_in_time_recovery on.",
  },
  {
    types: ["aws_keyspaces_table"],
    attribute: "point_in_time_recovery.status",
    is: "point-in-time recovery",
    harm: leaves("ENABLED"),
    level,
    instead: "Keep point_in_time_recovery ENABLED.",
  },
  {
    types: ["aws_efs_backup_policy"],
    attribute: "backup_policy.status",
    is: "daily backup",
    harm: leaves("ENABLED"),
    level,
    instead: "Keep the status ENABLED.",
  },
  {
    types: ["aws_backup_plan"],
    attribute: "rule",
    is: "the backup plan",
    harm: fewerPlanned,
    level,
    instead: "Keep each rule, its schedule and its delete_after.",
  },
  {
    types: ["aws_backup_selection"],
    attribute: "resources",
    is: "the selection of what is backed up",
    harm: fewerResources,
    level,
    instead: "Keep in the list whatever still holds data.",
  },
  {
    types: ["aws_backup_selection"],
    attribute: "selection_tag",
    is: "the list of tags that select what is backed up",
    harm: shortened,
    level,
    instead: "Keep each tag by which a resource is selected.",
  },
  {
    types: ["aws_dlm_lifecycle_policy"],
    attribute: "state",
    is: "the state of the snapshot policy",
    harm: leaves("ENABLED"),
    level,
    instead: "Keep the state ENABLED.",
  },
  {
    types: ["aws_dlm_lifecycle_policy"],
    attribute: "policy_details",
    is: "the snapshot policy",
    harm: fewerSnapshots,
    level,
    instead: "Keep each schedule, its interval and its retain_rule.",
  },
];
