import {
  type BackupClient,
  type BackupJob,
  CreateBackupVaultCommand,
  DescribeBackupJobCommand,
  StartBackupJobCommand,
  type StartBackupJobInput,
} from "@aws-sdk/client-backup";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { createServiceRole } from "./identities.ts";
import { ACCOUNT } from "./messages-table.ts";
import { until } from "./until.ts";

/** What a role needs to back up tables, from AWS's own policies for it. */
export const BACKUP_ACTIONS = [
  "dynamodb:DescribeTable",
  "dynamodb:StartAwsBackupJob",
  "dynamodb:CreateBackup",
  "kms:Decrypt",
  "kms:GenerateDataKey",
];

/** What a role needs to copy recovery points. */
export const COPY_ACTIONS = ["backup:CopyFromBackupVault", "backup:CopyIntoBackupVault"];

/** What a role needs to restore tables, from AWS's own policies for it. */
export const RESTORE_ACTIONS = [
  ...[
    "BatchWriteItem",
    "DeleteItem",
    "DescribeTable",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
  ].map((action) => `dynamodb:${action}`),
  "dynamodb:RestoreTableFromAwsBackup",
  "dynamodb:RestoreTableFromBackup",
  ...[
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "ReEncryptFrom",
    "ReEncryptTo",
  ].map((action) => `kms:${action}`),
];

/** The ARN of a table in the tests' account. */
export const tableArn = (name: string) => `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/${name}`;

/** The ARN of a role in the tests' account. */
export const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

/** Creates a role that AWS Backup can take, which may do these actions on every resource. @returns its ARN */
export async function createBackupRole(aws: EmbeddedAws, name: string, actions: readonly string[]) {
  await createServiceRole(aws, ACCOUNT, name, "backup.amazonaws.com", actions);
  return roleArn(name);
}

/** Creates a vault with the key that AWS manages. */
export async function createVault(backup: BackupClient, BackupVaultName: string): Promise<void> {
  await backup.send(new CreateBackupVaultCommand({ BackupVaultName }));
}

/** Waits until a backup job has ended. @returns it */
export async function ended(backup: BackupClient, BackupJobId?: string): Promise<BackupJob> {
  let job: BackupJob = {};
  await until(async () => {
    job = await backup.send(new DescribeBackupJobCommand({ BackupJobId }));
    return !["CREATED", "RUNNING"].includes(job.State ?? "");
  });
  return job;
}

/** Starts a backup job and waits until it has ended. @returns it */
export async function backUp(backup: BackupClient, input: StartBackupJobInput): Promise<BackupJob> {
  const { BackupJobId } = await backup.send(new StartBackupJobCommand(input));
  return ended(backup, BackupJobId);
}
