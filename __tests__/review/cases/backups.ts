import type { PlannedCases } from "../planned-cases.ts";
import { changed, filledIn } from "./changed.ts";

const role = "arn:aws:iam::111111111111:role/backup";
const tagged = { tags: { team: "messaging" } };
const tableArn = (name: string) => `arn:aws:dynamodb:ca-central-1:111111111111:table/${name}`;

const daily = {
  rule_name: "daily",
  target_vault_name: "vault",
  schedule: "cron(0 5 * * ? *)",
  lifecycle: { delete_after: 35 },
};
const monthly = { rule_name: "monthly", target_vault_name: "vault", schedule: "cron(0 5 1 * ? *)" };

const snapshots = {
  name: "twice a day",
  create_rule: { interval: 12, interval_unit: "HOURS" },
  retain_rule: { count: 14 },
};
const weekly = {
  name: "weekly",
  create_rule: { cron_expression: "cron(0 5 ? * SUN *)" },
  retain_rule: { interval: 3, interval_unit: "MONTHS" },
};
const snapshotPolicy = (...schedule: object[]) => ({
  policy_details: { resource_types: ["VOLUME"], target_tags: { backup: "yes" }, schedule },
});
const dlm = { description: "Snapshots of volumes", execution_role_arn: role, state: "ENABLED" };

const selectedBy = (...values: readonly string[]) =>
  values.map((value) => ({ type: "STRINGEQUALS", key: "backup", value }));

const cluster = {
  engine: "aurora-mysql",
  master_username: "admin",
  skip_final_snapshot: true,
  ...filledIn("availability_zones"),
};

const lock = (default_retention: object) => ({ rule: { default_retention } });
const replicated = (id: string, status: string) => ({
  id,
  status,
  destination: { bucket: "arn:aws:s3:::copies" },
});

const backup = changed("backup-off");

/** Backups, copies and former versions that are no longer made, or kept for a shorter time. */
export const backupCases: PlannedCases = {
  "a database's backups": backup("aws_db_instance", {
    with: { instance_class: "db.t3.micro", engine: "mysql", username: "admin", allocated_storage: 20 },
    from: { backup_retention_period: 7 },
    to: { backup_retention_period: 0 },
    finds: "blocked/care The time for which backups are kept of",
    harmless: { backup_retention_period: 14 },
  }),
  "a cluster's backups": backup("aws_rds_cluster", {
    with: cluster,
    from: { backup_retention_period: 7, backtrack_window: 7_200 },
    to: { backup_retention_period: 1 },
    finds: "blocked/care The time for which backups are kept of",
    harmless: { backtrack_window: 14_400 },
  }),
  "a cluster that can be rewound": backup("aws_rds_cluster", {
    with: cluster,
    from: { backtrack_window: 7_200 },
    to: { backtrack_window: 0 },
    finds: "blocked/care The time by which the cluster can be rewound of",
    harmless: { backtrack_window: 7_201 },
  }),
  "a cache's snapshots": backup("aws_elasticache_cluster", {
    with: { cluster_id: "cache", engine: "redis", node_type: "cache.t3.micro", num_cache_nodes: 1 },
    from: { snapshot_retention_limit: 5 },
    to: { snapshot_retention_limit: 0 },
    finds: "blocked/care The time for which backups are kept of",
    harmless: { snapshot_retention_limit: 6 },
  }),
  "a file system's automatic backups": backup("aws_fsx_windows_file_system", {
    with: {
      subnet_ids: ["subnet-1"],
      throughput_capacity: 8,
      storage_capacity: 32,
      active_directory_id: "d-1",
    },
    from: { automatic_backup_retention_days: 30 },
    to: { automatic_backup_retention_days: 7 },
    finds: "blocked/care The time for which backups are kept of",
    harmless: { automatic_backup_retention_days: 31 },
  }),
  "a warehouse's snapshots": backup("aws_redshift_cluster", {
    with: {
      cluster_identifier: "warehouse",
      node_type: "ra3.large",
      master_username: "admin",
      master_password: "Only-for-a-plan-1",
      skip_final_snapshot: true,
    },
    from: { automated_snapshot_retention_period: 7 },
    to: { automated_snapshot_retention_period: 0 },
    finds: "blocked/care The time for which backups are kept of",
    harmless: { automated_snapshot_retention_period: 8 },
  }),
  "snapshots in another region": backup("aws_redshift_snapshot_copy", {
    with: {
      cluster_identifier: "warehouse",
      destination_region: "us-east-1",
      manual_snapshot_retention_period: -1,
    },
    from: { retention_period: 7 },
    to: { retention_period: 1 },
    finds: "blocked/care The time for which backups are kept of",
    harmless: { retention_period: 8 },
  }),
  "a vault's lock": backup("aws_backup_vault_lock_configuration", {
    with: { backup_vault_name: "vault" },
    from: { min_retention_days: 30 },
    to: { min_retention_days: 7 },
    finds: "blocked/care The time for which backups are kept of",
    harmless: { min_retention_days: 31 },
  }),
  "a new lock that nobody can undo": {
    rule: "compliance-lock",
    type: "aws_backup_vault_lock_configuration",
    harmful: { backup_vault_name: "new", min_retention_days: 7, changeable_for_days: 3 },
    finds: "care/care The lock of the vault new becomes a compliance lock",
    harmless: { backup_vault_name: "new", min_retention_days: 7 },
  },
  "a vault's lock that nobody can undo": changed("compliance-lock")("aws_backup_vault_lock_configuration", {
    with: { backup_vault_name: "locked", min_retention_days: 7 },
    from: {},
    to: { changeable_for_days: 3 },
    finds:
      "care/care The lock of the vault locked becomes a compliance lock, which nobody can change from 3 days after it is applied.",
    harmless: { max_retention_days: 400 },
  }),
  "a vault's final lock for longer": changed("compliance-lock")("aws_backup_vault_lock_configuration", {
    with: { backup_vault_name: "final", changeable_for_days: 3 },
    from: { min_retention_days: 7 },
    to: { min_retention_days: 3_650 },
    finds:
      "care/care The lock of the vault final becomes a compliance lock, which nobody can change from 3 days after it is applied.",
    harmless: {},
  }),
  "a small database's backups": backup("aws_lightsail_database", {
    with: {
      relational_database_name: "small",
      blueprint_id: "mysql_8_0",
      bundle_id: "micro_2_0",
      master_database_name: "small",
      master_username: "admin",
      master_password: "Only-for-a-plan-1",
      skip_final_snapshot: true,
    },
    from: { backup_retention_enabled: true },
    to: { backup_retention_enabled: false },
    finds: "blocked/care Automated backup of",
    harmless: tagged,
  }),
  "recovery of a replica": backup("aws_dynamodb_table_replica", {
    with: { global_table_arn: "arn:aws:dynamodb:us-east-1:111111111111:table/users" },
    from: { point_in_time_recovery: true },
    to: { point_in_time_recovery: false },
    finds: "blocked/care Point-in-time recovery of",
    harmless: tagged,
  }),
  "recovery of a keyspace's table": backup("aws_keyspaces_table", {
    with: {
      keyspace_name: "people",
      table_name: "users",
      schema_definition: { column: [{ name: "id", type: "ascii" }], partition_key: [{ name: "id" }] },
    },
    from: { point_in_time_recovery: { status: "ENABLED" } },
    to: { point_in_time_recovery: { status: "DISABLED" } },
    finds: "blocked/care Point-in-time recovery of",
    harmless: tagged,
  }),
  "a file system's backup policy": backup("aws_efs_backup_policy", {
    with: { file_system_id: "fs-1" },
    from: { backup_policy: { status: "ENABLED" } },
    to: { backup_policy: { status: "DISABLED" } },
    finds: "blocked/care Daily backup of",
    harmless: {},
  }),
  "a file system's backup policy that is turned on": backup("aws_efs_backup_policy", {
    with: { file_system_id: "fs-2" },
    from: { backup_policy: { status: "DISABLED" } },
    to: "deleted",
    finds: "blocked/care The backup policy of the file system",
    harmless: { backup_policy: { status: "ENABLED" } },
  }),
  "a bucket's versions": backup("aws_s3_bucket_versioning", {
    with: { bucket: "versions" },
    from: { versioning_configuration: { status: "Enabled" }, mfa: "serial 123456" },
    to: { versioning_configuration: { status: "Suspended" } },
    finds: "blocked/care Versioning of",
    harmless: { mfa: "serial 654321" },
  }),
  "versions that only MFA deletes": backup("aws_s3_bucket_versioning", {
    with: { bucket: "safest", mfa: "serial 123456" },
    from: { versioning_configuration: { status: "Enabled", mfa_delete: "Enabled" } },
    to: { versioning_configuration: { status: "Enabled", mfa_delete: "Disabled" } },
    finds: "blocked/care MFA delete of",
    harmless: { mfa: "serial 654321" },
  }),
  "a bucket's versioning configuration": backup("aws_s3_bucket_versioning", {
    with: { bucket: "more-versions" },
    from: { versioning_configuration: { status: "Suspended" } },
    to: "deleted",
    finds: "blocked/care The versioning configuration",
    harmless: { versioning_configuration: { status: "Enabled" } },
  }),
  "objects that nobody deletes": backup("aws_s3_bucket_object_lock_configuration", {
    with: { bucket: "archive" },
    from: lock({ mode: "COMPLIANCE", years: 1 }),
    to: lock({ mode: "COMPLIANCE", days: 364 }),
    finds: "blocked/care The default retention of new objects of",
    harmless: lock({ mode: "COMPLIANCE", days: 365 }),
  }),
  "objects that only few may delete": backup("aws_s3_bucket_object_lock_configuration", {
    with: { bucket: "other-archive" },
    from: lock({ mode: "COMPLIANCE", days: 30 }),
    to: lock({ mode: "GOVERNANCE", days: 60 }),
    finds: "blocked/care The default retention of new objects of",
    harmless: lock({ mode: "COMPLIANCE", days: 60 }),
  }),
  "copies of objects": backup("aws_s3_bucket_replication_configuration", {
    with: { bucket: "originals", role },
    from: { rule: [replicated("all", "Enabled")] },
    to: { rule: [replicated("all", "Disabled")] },
    finds: "blocked/care The replication of",
    harmless: { rule: [replicated("everything", "Enabled")] },
  }),
  "a backup plan without one of its rules": backup("aws_backup_plan", {
    with: { name: "two rules" },
    from: { rule: [daily, monthly] },
    to: { rule: [daily] },
    finds: "blocked/care The backup plan of two rules no longer has monthly.",
    harmless: { rule: [monthly, daily, { ...daily, rule_name: "second" }] },
  }),
  "a backup plan that runs less often": backup("aws_backup_plan", {
    with: { name: "rarer" },
    from: { rule: [daily] },
    to: { rule: [{ ...daily, schedule: "cron(0 5 ? * SUN *)" }] },
    finds: "blocked/care The backup plan of rarer runs daily 52 times a year instead of 365 times.",
    harmless: { rule: [{ ...daily, schedule: "cron(0 5,17 * * ? *)" }] },
  }),
  "a backup plan that keeps less": backup("aws_backup_plan", {
    with: { name: "shorter" },
    from: { rule: [daily, monthly] },
    to: {
      rule: [
        { ...daily, lifecycle: { delete_after: 7 } },
        { ...monthly, lifecycle: { delete_after: 365 } },
      ],
    },
    finds:
      "blocked/care The backup plan of shorter keeps what daily makes for 7 days instead of 35, and keeps what monthly makes for 365 days instead of keeping it without end.",
    harmless: { rule: [{ ...daily, lifecycle: { delete_after: 36 } }, monthly] },
  }),
  "a backup plan": backup("aws_backup_plan", {
    from: { name: "gone", rule: [daily] },
    to: "deleted",
    finds: "blocked/care The backup plan gone is deleted: nothing is backed up by it any more.",
    harmless: "deleted",
    withHarmless: { "aws_backup_plan.in-its-place": { name: "kept", rule: [daily] } },
  }),
  "a selection with fewer resources": backup("aws_backup_selection", {
    with: { name: "tables", plan_id: "plan", iam_role_arn: role, ...filledIn("not_resources") },
    from: { resources: [tableArn("messages"), tableArn("users")] },
    to: { resources: [tableArn("messages")] },
    finds: `blocked/care The selection of what is backed up of tables no longer names ${tableArn("users")}.`,
    harmless: { resources: [tableArn("*")] },
  }),
  "a selection with fewer tags": backup("aws_backup_selection", {
    with: { name: "tagged", plan_id: "plan", iam_role_arn: role, ...filledIn("not_resources") },
    from: { selection_tag: selectedBy("yes", "daily") },
    to: { selection_tag: selectedBy("yes") },
    finds: "blocked/care The list of tags that select what is backed up of tagged is shortened from 2 to 1.",
    harmless: { selection_tag: selectedBy("yes", "daily", "hourly") },
  }),
  "snapshots that are no longer made": backup("aws_dlm_lifecycle_policy", {
    with: { ...dlm, ...snapshotPolicy(snapshots) },
    from: { state: "ENABLED" },
    to: { state: "DISABLED" },
    finds: "blocked/care The state of the snapshot policy of",
    harmless: tagged,
  }),
  "snapshots that are made less often": backup("aws_dlm_lifecycle_policy", {
    with: dlm,
    from: snapshotPolicy(snapshots),
    to: snapshotPolicy({ ...snapshots, create_rule: { interval: 24, interval_unit: "HOURS" } }),
    finds: "blocked/care The snapshot policy of",
    harmless: snapshotPolicy({ ...snapshots, create_rule: { interval: 8, interval_unit: "HOURS" } }),
  }),
  "snapshots of which fewer are kept": backup("aws_dlm_lifecycle_policy", {
    with: dlm,
    from: snapshotPolicy(snapshots, weekly),
    to: snapshotPolicy({ ...snapshots, retain_rule: { count: 7 } }, weekly),
    finds: "blocked/care The snapshot policy of",
    harmless: snapshotPolicy({ ...snapshots, retain_rule: { count: 28 } }, weekly),
  }),
  "snapshots that are kept for a shorter time": backup("aws_dlm_lifecycle_policy", {
    with: dlm,
    from: snapshotPolicy(snapshots, weekly),
    to: snapshotPolicy(snapshots, { ...weekly, retain_rule: { interval: 2, interval_unit: "WEEKS" } }),
    finds: "blocked/care The snapshot policy of",
    harmless: snapshotPolicy(snapshots, { ...weekly, retain_rule: { interval: 90, interval_unit: "DAYS" } }),
  }),
};
