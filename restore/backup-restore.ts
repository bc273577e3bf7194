import { setTimeout as sleep } from "node:timers/promises";
import { BackupClient, DescribeRestoreJobCommand, StartRestoreJobCommand } from "@aws-sdk/client-backup";
import { namesOf } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { arnIn, type RestoredFrom, roleArn } from "./restored-from.ts";
import type { RestorePoint } from "./restore-point.ts";

const POLL_SECONDS = 2;

/**
 * Has AWS Backup restore a recovery point under another name, and waits until the table is being created. AWS Backup does
 * it with the role that it backs up with.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-dynamodb.html
 * @throws UserError when AWS Backup can't.
 */
export async function startBackupRestore(
  from: RestoredFrom,
  { arn }: RestorePoint & { readonly kind: "recovery-point" },
  name: string,
): Promise<void> {
  const client = new BackupClient(from.access.client);
  const { RestoreJobId } = await client.send(
    new StartRestoreJobCommand({
      RecoveryPointArn: arn,
      // The same job, if it was started by a run that was stopped.
      IdempotencyToken: name,
      IamRoleArn: roleArn(from, namesOf(from.environment).backupRole),
      ResourceType: "DynamoDB",
      Metadata: { targetTableName: name, ...encryptionOf(from) },
    }),
  );
  for (;;) {
    const job = await client.send(new DescribeRestoreJobCommand({ RestoreJobId }));
    if (job.Status === "COMPLETED" || job.CreatedResourceArn !== undefined) return;
    if (job.Status === "FAILED" || job.Status === "ABORTED")
      throw new UserError(`AWS Backup can't restore ${arn}: ${job.StatusMessage ?? job.Status}`);
    await sleep(POLL_SECONDS * 1_000);
  }
}

function encryptionOf(from: RestoredFrom): Record<string, string> {
  const { encryption } = from.environment.tables[from.table];
  if (encryption === "aws-owned") return { encryptionType: "Default" };
  if (encryption === "aws-managed") return { encryptionType: "KMS" };
  return { encryptionType: "KMS", kmsMasterKeyArn: arnIn(from, "kms", namesOf(from.environment).keyAlias) };
}
