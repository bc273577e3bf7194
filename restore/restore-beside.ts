import { setTimeout as sleep } from "node:timers/promises";
import {
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  type SSESpecification,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { namesOf } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { startBackupRestore } from "./backup-restore.ts";
import { describeTable } from "./describe-table.ts";
import { reportWaiting } from "./report-waiting.ts";
import { arnIn, type RestoredFrom } from "./restored-from.ts";
import type { RestorePoint } from "./restore-point.ts";

/** A restore to a table of another name. */
export interface Restore {
  readonly from: RestoredFrom;
  readonly point: RestorePoint;
  /** Physical name of the table that is made. */
  readonly name: string;
  readonly onProgress: (message: string) => void;
}

/** Seconds between two questions whether the restore is complete: at first, and at most. */
const [FIRST_POLL_SECONDS, MAXIMUM_POLL_SECONDS] = [0.5, 15];

/**
 * Restores a table under another name and waits until it can be used, which takes minutes to hours. If the restore is
 * under way already, since an earlier run was stopped, it is only waited for.
 * @throws UserError when there is another table of that name, or AWS gives up the restore.
 */
export async function restoreBeside(restore: Restore): Promise<void> {
  const { from, point, name, onProgress } = restore;
  const there = await describeTable(from.client, name);
  if (there) {
    refuseOther(restore, there);
    onProgress(`${name} is there already, from this restore`);
  } else {
    onProgress(`Restoring ${from.live} to ${point.time.toISOString()}, as ${name}`);
    await start(restore);
  }
  await waitUntilActive(restore);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreSummary.html */
function refuseOther(restore: Restore, there: TableDescription): void {
  if (isFromSame(restore, there)) return;
  const { from, name } = restore;
  if (name === from.live)
    throw new UserError(
      `The table ${name} is there. Nothing was changed. Leave out --under-own-name, and it is restored beside.`,
    );
  throw new UserError(
    `There is a table ${name} already, and it is not from this restore. Nothing was changed. Delete it, if nobody needs it, or restore to another time.`,
  );
}

function isFromSame({ from, point, name }: Restore, { RestoreSummary: summary }: TableDescription): boolean {
  if (!summary) return false;
  const { SourceBackupArn: backup, SourceTableArn: source = "", RestoreDateTime: time } = summary;
  if (point.kind === "time")
    return (
      backup === undefined && source.endsWith(`/${from.live}`) && time?.getTime() === point.time.getTime()
    );
  // AWS doesn't document whether a table that AWS Backup restored names the recovery point.
  const mayBeUnnamed = point.kind === "recovery-point" && name !== from.live;
  return backup === point.arn || (mayBeUnnamed && backup === undefined);
}

async function start({ from, point, name: TargetTableName, onProgress }: Restore): Promise<void> {
  const encryption = { SSESpecificationOverride: encryptionOf(from) };
  if (point.kind === "recovery-point") await startBackupRestore(from, point, TargetTableName, onProgress);
  else if (point.kind === "backup")
    await from.client.send(
      new RestoreTableFromBackupCommand({ BackupArn: point.arn, TargetTableName, ...encryption }),
    );
  else
    await from.client.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: from.live,
        TargetTableName,
        RestoreDateTime: point.time,
        ...encryption,
      }),
    );
}

function encryptionOf(from: RestoredFrom): SSESpecification {
  const { encryption } = from.environment.tables[from.table];
  if (encryption === "aws-owned") return { Enabled: false };
  if (encryption === "aws-managed") return { Enabled: true, SSEType: "KMS" };
  const KMSMasterKeyId = arnIn(from, "kms", namesOf(from.environment).keyAlias);
  return { Enabled: true, SSEType: "KMS", KMSMasterKeyId };
}

async function waitUntilActive({ from, name, onProgress }: Restore): Promise<void> {
  const began = Date.now();
  const report = reportWaiting(onProgress);
  for (let wait = FIRST_POLL_SECONDS; ; wait = Math.min(MAXIMUM_POLL_SECONDS, wait * 1.5)) {
    const table = await describeTable(from.client, name);
    if (table?.TableStatus === "ACTIVE" && table.RestoreSummary?.RestoreInProgress !== true) return;
    if (!table && Date.now() > began + MAXIMUM_POLL_SECONDS * 1_000)
      throw new UserError(
        `AWS has given up the restore: there is no table ${name}. Run the same command again.`,
      );
    report(`${name} is ${table?.TableStatus ?? "not there yet"}`);
    await sleep(wait * 1_000);
  }
}
