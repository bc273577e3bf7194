import { backupSettings } from "./backup-settings.ts";
import { bucketSettings } from "./bucket-settings.ts";
import { checkRemovals, findsOfRemovals, type HarmfulRemoval, of, type Owner } from "./removal.ts";
import { BLOCKED_WHERE_PROTECTED, type Rule } from "./rule.ts";
import { checkSettings, findsOfSettings, judgedSettings } from "./setting.ts";
import { withTwinsPaired } from "./twin.ts";

const settings = [...backupSettings, ...bucketSettings];

const removal = (is: string, then: string, type: string, of?: Owner): HarmfulRemoval => ({
  types: [type],
  is,
  then,
  ...(of !== undefined && { of }),
  level: BLOCKED_WHERE_PROTECTED,
  instead: "Keep it as long as what it backs up is there.",
});

const removals: readonly HarmfulRemoval[] = [
  removal("the backup plan", "nothing is backed up by it any more", "aws_backup_plan"),
  removal(
    "the backup selection",
    "what it names is no longer backed up",
    "aws_backup_selection",
    of("plan_id", "aws_backup_plan"),
  ),
  removal(
    "the vault lock",
    "backups can be deleted before their time",
    "aws_backup_vault_lock_configuration",
    of("backup_vault_name", "aws_backup_vault"),
  ),
  removal("the snapshot policy", "no snapshots are made by it any more", "aws_dlm_lifecycle_policy"),
  removal(
    "the retention rule of the recycle bin",
    "deleted snapshots and images are gone at once",
    "aws_rbin_rule",
  ),
  removal(
    "the backup policy of the file system",
    "its daily backup is turned off",
    "aws_efs_backup_policy",
    of("file_system_id", "aws_efs_file_system"),
  ),
  removal(
    "the replication of the file system",
    "its copy is no longer kept up to date",
    "aws_efs_replication_configuration",
    of("source_file_system_id", "aws_efs_file_system"),
  ),
  removal(
    "the replication of images",
    "new images exist in one registry only",
    "aws_ecr_replication_configuration",
  ),
  removal(
    "the replication of automated backups",
    "the database has no backups in the other region any more",
    "aws_db_instance_automated_backups_replication",
    of("source_db_instance_arn", "aws_db_instance"),
  ),
  removal(
    "the copying of snapshots",
    "the cluster has no new snapshots in the other region",
    "aws_redshift_snapshot_copy",
    of("cluster_identifier", "aws_redshift_cluster"),
  ),
  removal(
    "the versioning configuration",
    "versioning is suspended, so an object that is overwritten or deleted is gone",
    "aws_s3_bucket_versioning",
    of("bucket", "aws_s3_bucket"),
  ),
  removal(
    "the object lock",
    "new objects can be deleted at once",
    "aws_s3_bucket_object_lock_configuration",
    of("bucket", "aws_s3_bucket"),
  ),
  removal(
    "the replication",
    "what is written from then on exists in one bucket only",
    "aws_s3_bucket_replication_configuration",
    of("bucket", "aws_s3_bucket"),
  ),
];

/** Backups, copies or former versions are no longer made, or kept for a shorter time. The rule `guard-off` checks tables. */
export const backupOff: Rule = {
  name: "backup-off",
  finds: [
    ...findsOfSettings(settings),
    ...findsOfRemovals("what makes backups, copies or former versions is deleted", removals),
  ],
  judges: judgedSettings(settings),
  reason:
    "After a mistake, a backup is the only way back. A shorter retention also deletes the older backups at once, and permanently.",
  source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
  check(plan) {
    const paired = withTwinsPaired(plan);
    return [...checkSettings(paired, settings), ...checkRemovals(paired, removals)];
  },
};
