import {
  BackupClient,
  DescribeRecoveryPointCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-backup";
import {
  BackupNotFoundException,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  TableNotFoundException,
} from "@aws-sdk/client-dynamodb";
import { z } from "zod";
import { namesOf, restoredTable } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { describeTable } from "./describe-table.ts";
import type { RestoredFrom } from "./restored-from.ts";

/** What a table is restored to: any second that point-in-time recovery has, or a backup of DynamoDB or of AWS Backup. */
export type RestorePoint =
  | { readonly kind: "time"; readonly time: Date }
  | { readonly kind: "backup"; readonly arn: string; readonly time: Date }
  | { readonly kind: "recovery-point"; readonly arn: string; readonly vault: string; readonly time: Date };

/** The times to which a table can be restored. */
export interface RecoveryWindow {
  readonly earliest: Date;
  /** About five minutes ago. */
  readonly latest: Date;
}

/** Whether a table has point-in-time recovery, and to which times it can be restored. */
export type Recovery = RecoveryWindow | "off" | "no table";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html */
export async function readRecovery({ client, live }: RestoredFrom): Promise<Recovery> {
  try {
    const described = await client.send(new DescribeContinuousBackupsCommand({ TableName: live }));
    const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } =
      described.ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
    return earliest && latest ? { earliest, latest } : "off";
  } catch (error) {
    if (error instanceof TableNotFoundException || (error as Error).name === "ResourceNotFoundException")
      return "no table";
    throw error;
  }
}

/**
 * What a table is to be restored to.
 * @param to a time as ISO 8601 with its zone, "latest", or the ARN of a backup.
 * @throws UserError when it is none of these, or the table can't be restored to it.
 */
export async function findRestorePoint(from: RestoredFrom, to: string): Promise<RestorePoint> {
  if (/^arn:[^:]+:backup:/.test(to)) return recoveryPoint(from, to);
  if (/^arn:[^:]+:dynamodb:.*\/backup\//.test(to)) return ownBackup(from, to);
  return pointInTime(from, to);
}

const EXAMPLE = "2026-03-01T10:15:00Z, or 2026-03-01T05:15:00-05:00";

async function pointInTime(from: RestoredFrom, to: string): Promise<RestorePoint> {
  if (to !== "latest" && !z.iso.datetime({ offset: true }).safeParse(to).success)
    throw new UserError(
      `--to must be a time with its zone, like ${EXAMPLE}; "latest"; or the ARN of a backup (given ${to}). ` +
        `See what there is with: ${listCommand(from)}`,
    );
  const recovery = await readRecovery(from);
  if (recovery === "no table")
    throw new UserError(
      `There is no table ${from.live}, so it can't be restored to a time. A table that had point-in-time recovery has left a backup: ${listCommand(from)}`,
    );
  if (to !== "latest" && (await isRestored(from, new Date(to))))
    return { kind: "time", time: wholeSecond(new Date(to)) };
  if (recovery === "off")
    throw new UserError(
      `Table ${from.live} has no point-in-time recovery, so it can be restored from a backup only: ${listCommand(from)}\n` +
        `tables.${from.table}.pointInTimeRecoveryDays turns it on, for what is written from then on.`,
    );
  const { earliest, latest } = recovery;
  // DynamoDB restores to whole seconds.
  const time = wholeSecond(to === "latest" ? latest : new Date(to));
  if (time < earliest || time > latest)
    throw new UserError(
      `Table ${from.live} can be restored to a time from ${toSecond(earliest)} to ${toSecond(latest)} (given ${to}).`,
    );
  return { kind: "time", time };
}

/** A copy may be there longer than its time can be restored. */
const isRestored = async ({ client, own }: RestoredFrom, time: Date) =>
  (await describeTable(client, restoredTable(own, time))) !== undefined;

const wholeSecond = (time: Date) => new Date(Math.floor(time.getTime() / 1_000) * 1_000);

/** A time as a person reads it, and as `--to` takes it: to the second. */
export const toSecond = (time: Date): string => time.toISOString().replace(/\.\d+/, "");

/** The command that lists what a table can be restored to. */
export const listCommand = ({ environment, table }: RestoredFrom): string =>
  `npm run restore -- --environment ${environment.name} --table ${table}`;

async function ownBackup(from: RestoredFrom, arn: string): Promise<RestorePoint> {
  const described = await from.client
    .send(new DescribeBackupCommand({ BackupArn: arn }))
    .catch((error: unknown) => {
      if (error instanceof BackupNotFoundException) throw noBackup(from, arn);
      throw error;
    });
  const { BackupDetails: details, SourceTableDetails: source } = described.BackupDescription ?? {};
  refuseOtherTable(from, source?.TableName ?? "unknown", arn);
  if (details?.BackupStatus !== "AVAILABLE" || !details.BackupCreationDateTime)
    throw new UserError(`The backup ${arn} is ${details?.BackupStatus ?? "unknown"}, and must be AVAILABLE.`);
  return { kind: "backup", arn, time: wholeSecond(details.BackupCreationDateTime) };
}

async function recoveryPoint(from: RestoredFrom, arn: string): Promise<RestorePoint> {
  const vault = namesOf(from.environment).backupVault;
  const client = new BackupClient(from.access.client);
  const found = await client
    .send(new DescribeRecoveryPointCommand({ BackupVaultName: vault, RecoveryPointArn: arn }))
    .catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) throw noBackup(from, arn);
      throw error;
    });
  refuseOtherTable(from, found.ResourceArn?.split("/")[1] ?? "unknown", arn);
  if (found.Status !== "COMPLETED" || !found.CreationDate)
    throw new UserError(`The recovery point ${arn} is ${found.Status ?? "unknown"}, and must be COMPLETED.`);
  return { kind: "recovery-point", arn, vault, time: wholeSecond(found.CreationDate) };
}

const noBackup = (from: RestoredFrom, arn: string) =>
  new UserError(`There is no backup ${arn} of ${from.live}. See which there are with: ${listCommand(from)}`);

/** A copy that is the live table now has backups of its own. */
function refuseOtherTable({ live, own }: RestoredFrom, source: string, arn: string): void {
  if (source !== live && source !== own)
    throw new UserError(`The backup ${arn} is of the table ${source}, and must be of ${live}.`);
}
