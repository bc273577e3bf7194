import type { PlannedCases } from "../planned-cases.ts";
import { changed, filledIn } from "./changed.ts";

const database = { instance_class: "db.t3.micro", engine: "mysql", username: "admin", allocated_storage: 20 };
const key = { description: "Encrypts what is private" };
const repository = { name: "images" };
const instance = {
  ami: "ami-1",
  instance_type: "t3.micro",
  ...filledIn("security_groups", "ipv6_addresses"),
};
const tagged = { tags: { team: "messaging" } };

const guard = changed("protection-off");

const tableArn = "arn:aws:dynamodb:ca-central-1:111111111111:table/messages";
const tablePolicy = (...actions: readonly string[]) => ({
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: actions.map((Action) => ({
      Effect: "Deny",
      Principal: "*",
      Action,
      Resource: tableArn,
      Condition: { ArnNotEquals: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/deploy" } },
    })),
  }),
});
const replica = { global_table_arn: tableArn.replace("ca-central-1", "us-east-1") };

/** Guards that are turned off. */
export const guardCases: PlannedCases = {
  "a database's deletion protection": guard("aws_db_instance", {
    with: database,
    from: { deletion_protection: true },
    to: { deletion_protection: false },
    finds: "blocked/care Deletion protection of",
    harmless: { copy_tags_to_snapshot: true },
  }),
  "deletion protection under a longer name": guard("aws_dsql_cluster", {
    from: { deletion_protection_enabled: true },
    to: { deletion_protection_enabled: false },
    finds: "blocked/care Deletion protection of",
    harmless: tagged,
  }),
  "a replica's deletion protection": guard("aws_dynamodb_table_replica", {
    with: replica,
    from: { deletion_protection_enabled: true },
    to: { deletion_protection_enabled: false },
    finds: "blocked/care Deletion protection of",
    harmless: tagged,
  }),
  "a replica that is removed": changed("replica-removed")("aws_dynamodb_table_replica", {
    from: replica,
    to: "deleted",
    finds: "blocked/blocked The replica",
    harmless: tagged,
  }),
  "a replica with another key": changed("replica-removed")("aws_dynamodb_table_replica", {
    with: replica,
    from: { kms_key_arn: "arn:aws:kms:ca-central-1:111111111111:key/1" },
    to: { kms_key_arn: "arn:aws:kms:ca-central-1:111111111111:key/2" },
    finds:
      "blocked/blocked The replica arn:aws:dynamodb:ca-central-1:111111111111:aws_dynamodb_table_replica/a-replica-with-another-key is replaced, because kms_key_arn",
    harmless: tagged,
  }),
  "a replica that is added": {
    rule: "replica-added",
    type: "aws_dynamodb_table_replica",
    harmful: replica,
    finds: `care/care A replica of table ${replica.global_table_arn} is created.`,
    harmless: "deleted",
  },
  "a table that others may delete": changed("guard-off")("aws_dynamodb_resource_policy", {
    with: { resource_arn: tableArn },
    from: tablePolicy("dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"),
    to: tablePolicy("dynamodb:DeleteTableReplica"),
    finds: `blocked/care The policy of ${tableArn} no longer denies dynamodb:DeleteTable.`,
    harmless: tablePolicy("dynamodb:DeleteTableReplica", "dynamodb:DeleteTable"),
  }),
  "a table whose policy is deleted": changed("guard-off")("aws_dynamodb_resource_policy", {
    with: { resource_arn: tableArn },
    from: tablePolicy("dynamodb:DeleteTable"),
    to: "deleted",
    finds: `blocked/care The policy of ${tableArn} no longer denies dynamodb:DeleteTable.`,
    harmless: tablePolicy("dynamodb:DeleteTable", "dynamodb:UpdateTable"),
  }),
  "a load balancer's deletion protection": guard("aws_lb", {
    with: { name: "front", internal: true, subnets: ["subnet-1", "subnet-2"] },
    from: { enable_deletion_protection: true },
    to: { enable_deletion_protection: false },
    finds: "blocked/care Deletion protection of front is turned off.",
    harmless: tagged,
  }),
  "a firewall's deletion protection": guard("aws_networkfirewall_firewall", {
    with: {
      name: "wall",
      vpc_id: "vpc-1",
      firewall_policy_arn: "arn:aws:network-firewall:ca-central-1:111111111111:firewall-policy/wall",
      subnet_mapping: [{ subnet_id: "subnet-1" }],
    },
    from: { delete_protection: true },
    to: { delete_protection: false },
    finds: "blocked/care Deletion protection of wall is turned off.",
    harmless: tagged,
  }),
  "an instance's termination protection": guard("aws_instance", {
    with: instance,
    from: { disable_api_termination: true },
    to: { disable_api_termination: false },
    finds: "blocked/care Deletion protection of",
    harmless: tagged,
  }),
  "an instance's root volume": guard("aws_instance", {
    with: instance,
    from: { root_block_device: { delete_on_termination: false } },
    to: { root_block_device: { delete_on_termination: true } },
    finds: "blocked/care Deletion of the root volume together with the instance of",
    harmless: tagged,
  }),
  "a cluster's termination protection": guard("aws_emr_cluster", {
    with: {
      name: "crunch",
      release_label: "emr-7.0.0",
      service_role: "arn:aws:iam::111111111111:role/emr",
      master_instance_group: { instance_type: "m5.xlarge" },
      ...filledIn("step"),
    },
    from: { termination_protection: true },
    to: { termination_protection: false },
    finds: "blocked/care Deletion protection of crunch is turned off.",
    harmless: tagged,
  }),
  "an event data store's termination protection": guard("aws_cloudtrail_event_data_store", {
    with: { name: "events" },
    from: { termination_protection_enabled: true },
    to: { termination_protection_enabled: false },
    finds: "blocked/care Deletion protection of events is turned off.",
    harmless: tagged,
  }),
  "a user pool's deletion protection": guard("aws_cognito_user_pool", {
    with: { name: "members" },
    from: { deletion_protection: "ACTIVE" },
    to: { deletion_protection: "INACTIVE" },
    finds: "blocked/care Deletion protection of members changes from ACTIVE to INACTIVE.",
    harmless: tagged,
  }),
  "a bucket that is emptied when it is deleted": guard("aws_s3_bucket", {
    with: { bucket: "files" },
    from: { force_destroy: false },
    to: { force_destroy: true },
    finds: "blocked/care Deletion with everything in it of",
    harmless: tagged,
  }),
  "a bucket that is no longer emptied": guard("aws_s3_bucket", {
    with: { bucket: "more-files" },
    from: {},
    to: { force_destroy: true },
    finds: "blocked/care Deletion with everything in it of",
    harmless: { force_destroy: false },
  }),
  "a repository that is emptied when it is deleted": guard("aws_ecr_repository", {
    with: repository,
    from: { force_delete: false },
    to: { force_delete: true },
    finds: "blocked/care Deletion with everything in it of images is turned on.",
    harmless: tagged,
  }),
  "image tags that can be overwritten": guard("aws_ecr_repository", {
    with: repository,
    from: { image_tag_mutability: "IMMUTABLE" },
    to: { image_tag_mutability: "MUTABLE" },
    finds: "care/care The mutability of image tags of images changes from IMMUTABLE to MUTABLE.",
    harmless: tagged,
  }),
  "no last snapshot": guard("aws_rds_cluster", {
    with: {
      engine: "aurora-mysql",
      master_username: "admin",
      final_snapshot_identifier: "last",
      ...filledIn("availability_zones"),
    },
    from: { skip_final_snapshot: false },
    to: { skip_final_snapshot: true },
    finds: "blocked/care Deletion without a last backup of",
    harmless: { final_snapshot_identifier: "the-last" },
  }),
  "no last backup": guard("aws_fsx_windows_file_system", {
    with: {
      subnet_ids: ["subnet-1"],
      throughput_capacity: 8,
      storage_capacity: 32,
      active_directory_id: "d-1",
    },
    from: { skip_final_backup: false },
    to: { skip_final_backup: true },
    finds: "blocked/care Deletion without a last backup of",
    harmless: tagged,
  }),
  "automated backups that go with their database": guard("aws_db_instance", {
    with: database,
    from: { delete_automated_backups: false },
    to: { delete_automated_backups: true },
    finds: "blocked/care Deletion of the automated backups together with the database of",
    harmless: tagged,
  }),
  "a secret's recovery window": guard("aws_secretsmanager_secret", {
    with: { name: "token" },
    from: { recovery_window_in_days: 30 },
    to: { recovery_window_in_days: 0 },
    finds: "blocked/care The recovery window of token is lowered from 30 to 0 days.",
    harmless: { recovery_window_in_days: 15 },
  }),
  "a key's waiting period": guard("aws_kms_key", {
    with: key,
    from: { deletion_window_in_days: 30 },
    to: { deletion_window_in_days: 7 },
    finds: "blocked/care The waiting period before the key is deleted of",
    harmless: { deletion_window_in_days: 20 },
  }),
  "a key's rotation": guard("aws_kms_key", {
    with: key,
    from: { enable_key_rotation: true },
    to: { enable_key_rotation: false },
    finds: "care/care The rotation of the key of",
    harmless: { description: "Encrypts everything" },
  }),
  "logs that Terraform deletes": guard("aws_cloudwatch_log_group", {
    with: { name: "kept-logs" },
    from: { skip_destroy: true },
    to: { skip_destroy: false },
    finds: "care/care Keeping the logs when the code no longer has the log group of kept-logs is turned off.",
    harmless: tagged,
  }),
};
