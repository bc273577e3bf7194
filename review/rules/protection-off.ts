import { BLOCKED_WHERE_PROTECTED, CARE, type Rule } from "./rule.ts";
import { leaves, lowered, turnedOff, turnedOn } from "./harm.ts";
import { checkSettings, findsOfSettings, type HarmfulSetting, judgedSettings } from "./setting.ts";

const level = BLOCKED_WHERE_PROTECTED;

const deletionProtection = (attribute: string, ...types: readonly string[]): HarmfulSetting => ({
  types,
  attribute,
  is: "deletion protection",
  harm: turnedOff,
  level,
  instead: `Keep ${attribute} on.`,
});

const deletesContent = (attribute: string, ...types: readonly string[]): HarmfulSetting => ({
  types,
  attribute,
  is: "deletion with everything in it",
  harm: turnedOn,
  level,
  why: "With it, Terraform deletes the content too. Without it, AWS refuses to delete what isn't empty.",
  instead: `Keep ${attribute} off. To delete it, first empty it by hand.`,
});

const deletesBackups = (attribute: string, is: string, ...types: readonly string[]): HarmfulSetting => ({
  types,
  attribute,
  is,
  harm: turnedOn,
  level,
  why: "The last backup is what is left if the deletion was a mistake.",
  instead: `Keep ${attribute} off.`,
});

const settings: readonly HarmfulSetting[] = [
  deletionProtection(
    "deletion_protection",
    "aws_db_instance",
    "aws_docdb_cluster",
    "aws_docdb_global_cluster",
    "aws_neptune_cluster",
    "aws_neptune_global_cluster",
    "aws_neptunegraph_graph",
    "aws_qldb_ledger",
    "aws_rds_cluster",
    "aws_rds_global_cluster",
  ),
  deletionProtection("deletion_protection_enabled", "aws_dsql_cluster", "aws_dynamodb_table_replica"),
  deletionProtection("enable_deletion_protection", "aws_alb", "aws_lb"),
  deletionProtection("delete_protection", "aws_networkfirewall_firewall"),
  deletionProtection("disable_api_termination", "aws_instance"),
  deletionProtection("termination_protection", "aws_emr_cluster"),
  deletionProtection("termination_protection_enabled", "aws_cloudtrail_event_data_store"),
  {
    ...deletionProtection("deletion_protection", "aws_cognito_user_pool"),
    harm: leaves("ACTIVE"),
    why: "Without it, one mistake deletes all users; nothing can restore them.",
    instead: "Keep deletion_protection ACTIVE.",
  },
  deletesContent(
    "force_destroy",
    "aws_athena_database",
    "aws_athena_workgroup",
    "aws_backup_vault",
    "aws_ecrpublic_repository",
    "aws_rds_global_cluster",
    "aws_route53_zone",
    "aws_s3_bucket",
    "aws_s3_directory_bucket",
    "aws_transfer_server",
  ),
  deletesContent("force_delete", "aws_ecr_repository", "aws_lightsail_bucket"),
  deletesBackups(
    "skip_final_snapshot",
    "deletion without a last backup",
    "aws_db_instance",
    "aws_docdb_cluster",
    "aws_lightsail_database",
    "aws_neptune_cluster",
    "aws_rds_cluster",
    "aws_redshift_cluster",
  ),
  deletesBackups(
    "skip_final_backup",
    "deletion without a last backup",
    "aws_fsx_lustre_file_system",
    "aws_fsx_ontap_volume",
    "aws_fsx_openzfs_file_system",
    "aws_fsx_windows_file_system",
  ),
  deletesBackups(
    "delete_automated_backups",
    "deletion of the automated backups together with the database",
    "aws_db_instance",
    "aws_rds_cluster",
  ),
  {
    types: ["aws_instance"],
    attribute: "root_block_device.delete_on_termination",
    is: "deletion of the root volume together with the instance",
    harm: turnedOn,
    level,
    instead: "Keep delete_on_termination off.",
  },
  {
    types: ["aws_secretsmanager_secret"],
    attribute: "recovery_window_in_days",
    is: "the recovery window",
    harm: lowered({ unit: "days", part: 0.5, absent: 30 }),
    level,
    why: "A deleted secret can be restored only within this time; with 0 days it is gone at once.",
    instead: "Keep the recovery window; 30 days is the default.",
  },
  {
    types: ["aws_kms_external_key", "aws_kms_key", "aws_kms_replica_external_key", "aws_kms_replica_key"],
    attribute: "deletion_window_in_days",
    is: "the waiting period before the key is deleted",
    harm: lowered({ unit: "days", part: 0.5, absent: 30 }),
    level,
    why: "A key's deletion can be cancelled only within this time; then everything that it encrypted is unreadable.",
    instead: "Keep the waiting period; 30 days is the default.",
  },
  {
    types: ["aws_kms_key"],
    attribute: "enable_key_rotation",
    is: "the rotation of the key",
    harm: turnedOff,
    level: CARE,
    why: "Without rotation, whoever gets hold of the key's material can read everything that is encrypted from then on.",
    instead:
      "Keep enable_key_rotation on: KMS keeps the former material, so nothing has to be encrypted again.",
  },
  {
    types: ["aws_cloudwatch_log_group"],
    attribute: "skip_destroy",
    is: "keeping the logs when the code no longer has the log group",
    harm: turnedOff,
    level: CARE,
    instead: "Keep skip_destroy on.",
  },
  {
    types: ["aws_ecr_repository"],
    attribute: "image_tag_mutability",
    is: "the mutability of image tags",
    harm: leaves("IMMUTABLE"),
    level: CARE,
    why: "A tag that can be overwritten may stand for another image tomorrow.",
    instead: "Keep image_tag_mutability IMMUTABLE.",
  },
];

/** A setting that keeps data from being deleted by mistake is turned off. The rule `guard-off` checks tables. */
export const protectionOff: Rule = {
  name: "protection-off",
  finds: findsOfSettings(settings),
  judges: judgedSettings(settings),
  reason: "Without it, one mistake deletes the data for good.",
  source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
  check: (plan) => checkSettings(plan, settings),
};
