import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  type SSESpecification,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { namesOf } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { startBackupRestore } from "./backup-restore.ts";
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

const PROGRESS_SECONDS = 30;

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

/** The description of a table; undefined if there is none. */
export async function describeTable(
  client: DynamoDBClient,
  TableName: string,
): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreSummary.html */
function refuseOther({ from, point, name }: Restore, { RestoreSummary: summary }: TableDescription): void {
  const { SourceBackupArn: backup, SourceTableArn: source = "", RestoreDateTime: time } = summary ?? {};
  const isSame =
    point.kind === "time"
      ? source.endsWith(`/${from.live}`) && time?.getTime() === point.time.getTime()
      : summary !== undefined && (backup === undefined || backup === point.arn);
  if (isSame) return;
  throw new UserError(
    `There is a table ${name} already, and it is not from this restore. Nothing was changed. Delete it, if nobody needs it, or restore to another time.`,
  );
}

async function start({ from, point, name: TargetTableName }: Restore): Promise<void> {
  const encryption = { SSESpecificationOverride: encryptionOf(from) };
  if (point.kind === "recovery-point") await startBackupRestore(from, point, TargetTableName);
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
  let reported = began;
  for (let wait = FIRST_POLL_SECONDS; ; wait = Math.min(MAXIMUM_POLL_SECONDS, wait * 1.5)) {
    const table = await describeTable(from.client, name);
    if (table?.TableStatus === "ACTIVE" && table.RestoreSummary?.RestoreInProgress !== true) return;
    if (!table && Date.now() > began + MAXIMUM_POLL_SECONDS * 1_000)
      throw new UserError(
        `AWS has given up the restore: there is no table ${name}. Run the same command again.`,
      );
    if (Date.now() > reported + PROGRESS_SECONDS * 1_000) {
      reported = Date.now();
      onProgress(
        `${name} is ${table?.TableStatus ?? "not there yet"} after ${Math.round((reported - began) / 1_000)} s`,
      );
    }
    await sleep(wait * 1_000);
  }
}
