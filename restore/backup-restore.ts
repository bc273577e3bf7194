import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BackupClient,
  DescribeRestoreJobCommand,
  StartRestoreJobCommand,
  type StartRestoreJobCommandInput,
} from "@aws-sdk/client-backup";
import { namesOf } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { reportWaiting } from "./report-waiting.ts";
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
  onProgress: (message: string) => void,
): Promise<void> {
  const client = new BackupClient(from.access.client);
  const RestoreJobId = await startJob(client, name, {
    RecoveryPointArn: arn,
    IamRoleArn: roleArn(from, namesOf(from.environment).backupRole),
    ResourceType: "DynamoDB",
    Metadata: { targetTableName: name, ...encryptionOf(from) },
  });
  const report = reportWaiting(onProgress);
  for (;;) {
    const job = await client.send(new DescribeRestoreJobCommand({ RestoreJobId }));
    if (job.Status === "COMPLETED" || job.CreatedResourceArn !== undefined) return;
    if (job.Status === "FAILED" || job.Status === "ABORTED")
      throw new UserError(`AWS Backup can't restore ${arn}: ${job.StatusMessage ?? job.Status}`);
    report(`AWS Backup's restore of ${name} is ${job.Status ?? "unknown"}, ${job.PercentDone ?? "0%"} done,`);
    await sleep(POLL_SECONDS * 1_000);
  }
}

/**
 * Starts a job; or finds the one that a run has started that was stopped, by its token.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartRestoreJob.html
 * @returns its id.
 */
async function startJob(
  client: BackupClient,
  token: string,
  request: Omit<StartRestoreJobCommandInput, "IdempotencyToken">,
): Promise<string | undefined> {
  const start = async (IdempotencyToken: string) =>
    (await client.send(new StartRestoreJobCommand({ ...request, IdempotencyToken }))).RestoreJobId;
  const RestoreJobId = await start(token);
  const { Status = "" } = await client.send(new DescribeRestoreJobCommand({ RestoreJobId }));
  // A job that is over already is that of an earlier restore, which failed or whose table was removed.
  return ["PENDING", "RUNNING"].includes(Status) ? RestoreJobId : start(randomUUID());
}

function encryptionOf(from: RestoredFrom): Record<string, string> {
  const { encryption } = from.environment.tables[from.table];
  if (encryption === "aws-owned") return { encryptionType: "Default" };
  if (encryption === "aws-managed") return { encryptionType: "KMS" };
  return { encryptionType: "KMS", kmsMasterKeyArn: arnIn(from, "kms", namesOf(from.environment).keyAlias) };
}
