import { type BackupSummary, ListBackupsCommand } from "@aws-sdk/client-dynamodb";
import { arnIn, type RestoredFrom } from "./restored-from.ts";
import { listRecoveryPoints } from "./recovery-points.ts";
import { readRecovery, type Recovery, toSecond } from "./restore-point.ts";

/** A backup of a table. */
export interface TableBackup {
  readonly arn: string;
  readonly made: Date;
  /** Who made it: a user, DynamoDB itself as the table was deleted, or AWS Backup. */
  readonly by: "user" | "deletion" | "AWS Backup";
  readonly bytes: number;
}

/** What a table can be restored to. */
export interface RestorePoints {
  readonly recovery: Recovery;
  /** The newest first. */
  readonly backups: readonly TableBackup[];
}

/** Lists what a table can be restored to, also one that is gone. */
export async function listRestorePoints(from: RestoredFrom): Promise<RestorePoints> {
  const names = [...new Set([from.live, from.own])];
  const [recovery, ...backups] = await Promise.all([
    readRecovery(from),
    ...names.map((name) => ownBackups(from, name)),
    ...(from.environment.backups ? names.map((name) => recoveryPoints(from, name)) : []),
  ]);
  return { recovery, backups: backups.flat().sort((a, b) => b.made.getTime() - a.made.getTime()) };
}

/** What ListBackups calls who made a backup; those of AWS Backup that DynamoDB has are among the recovery points. */
const MAKERS: Readonly<Record<string, TableBackup["by"]>> = { USER: "user", SYSTEM: "deletion" };

async function ownBackups({ client }: RestoredFrom, TableName: string): Promise<TableBackup[]> {
  const found: BackupSummary[] = [];
  let ExclusiveStartBackupArn: string | undefined;
  do {
    const request = { TableName, BackupType: "ALL" as const, ExclusiveStartBackupArn };
    const page = await client.send(new ListBackupsCommand(request));
    found.push(...(page.BackupSummaries ?? []));
    ExclusiveStartBackupArn = page.LastEvaluatedBackupArn;
  } while (ExclusiveStartBackupArn !== undefined);
  return found.flatMap(
    ({ BackupArn, BackupStatus, BackupType, BackupCreationDateTime, BackupSizeBytes = 0 }) => {
      const by = MAKERS[BackupType ?? ""];
      if (!by || BackupArn === undefined || BackupStatus !== "AVAILABLE" || !BackupCreationDateTime)
        return [];
      return [{ arn: BackupArn, made: BackupCreationDateTime, by, bytes: BackupSizeBytes }];
    },
  );
}

async function recoveryPoints(from: RestoredFrom, table: string): Promise<TableBackup[]> {
  const found = await listRecoveryPoints(from.access.client, arnIn(from, "dynamodb", `table/${table}`));
  return found.map(({ arn, made, bytes }) => ({ arn, made, by: "AWS Backup", bytes }));
}

/** What a table can be restored to, as a person reads it. */
export function restorePointsText({ live }: RestoredFrom, { recovery, backups }: RestorePoints): string[] {
  return [
    `Table ${live}: ${recoveryText(recovery)}.`,
    ...(backups.length === 0 ? ["There are no backups."] : ["Backups:"]),
    ...backups.map(
      ({ made, by, bytes, arn }) => `  ${toSecond(made)}  ${SHOWN_MAKERS[by]}, ${bytes} bytes  ${arn}`,
    ),
  ];
}

const SHOWN_MAKERS: Readonly<Record<TableBackup["by"], string>> = {
  user: "made by a user",
  deletion: "made by DynamoDB when the table was deleted",
  "AWS Backup": "made by AWS Backup",
};

function recoveryText(recovery: Recovery): string {
  if (recovery === "no table") return "it doesn't exist";
  if (recovery === "off") return "it has no point-in-time recovery";
  return `it can be restored to any second from ${toSecond(recovery.earliest)} to ${toSecond(recovery.latest)}`;
}
