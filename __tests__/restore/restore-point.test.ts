import { setTimeout as sleep } from "node:timers/promises";
import { BackupClient, UpdateRegionSettingsCommand } from "@aws-sdk/client-backup";
import {
  CreateBackupCommand,
  DeleteTableCommand,
  RestoreTableToPointInTimeCommand,
} from "@aws-sdk/client-dynamodb";
import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { environmentSchema } from "../../config/environment.ts";
import { namesOf, restoredTable } from "../../config/names.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { listRestorePoints, restorePointsText } from "../../restore/list-restore-points.ts";
import { removeRestored } from "../../restore/remove-restored.ts";
import { restoreBeside } from "../../restore/restore-beside.ts";
import { findRestorePoint, type RestorePoint } from "../../restore/restore-point.ts";
import { type RestoredFrom, restoredFrom } from "../../restore/restored-from.ts";
import {
  BACKUP_ACTIONS,
  backUp,
  createBackupRole,
  createVault,
  RESTORE_ACTIONS,
  tableArn,
} from "../support/backups.ts";
import { devLiteral } from "../support/environments.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { setRecovery } from "../support/table-restores.ts";

const { tables } = devLiteral;
/** Environments of one account, each with tables of its own. */
const environmentOf = (nameSuffix: string) =>
  environmentSchema.parse({
    ...devLiteral,
    nameSuffix,
    tables: { ...tables, messages: { ...tables.messages, encryption: "aws-owned" } },
    backups: { rules: {} },
  });

describeWith(["python"], "what a table is restored to", () => {
  let aws: EmbeddedAws;
  beforeAll(async () => {
    aws = await startEmbeddedAws();
  });
  afterAll(() => aws.stop());

  /** A messages table of an environment of its own. */
  async function createTable(nameSuffix: string, hasRecovery = true) {
    const environment = environmentOf(nameSuffix);
    const { tableName, client, table } = await createMessagesTable(aws, namesOf(environment).tables.messages);
    if (hasRecovery) await setRecovery(client, tableName, true);
    const access = { env: {}, client: clientSettings(aws), account: ACCOUNT };
    return { from: restoredFrom(environment, "messages", access), documents: table.client, tableName };
  }
  let refused: ReturnType<typeof createTable> | undefined;
  const said: string[] = [];
  const restore = async (from: RestoredFrom, point: RestorePoint) => {
    const name = restoredTable(from.own, point.time);
    await restoreBeside({ from, point, name, onProgress: (message) => said.push(message) });
    return name;
  };
  const put = (
    documents: Awaited<ReturnType<typeof createTable>>["documents"],
    TableName: string,
    sk: string,
  ) => documents.send(new PutCommand({ TableName, Item: { pk: "MSG#1", sk } }));

  test.each([
    ["yesterday", "must be a time with its zone"],
    ["2026-03-01T10:15:00", "must be a time with its zone, like 2026-03-01T10:15:00Z"],
    ["2026-03-01T10:15:00Z", "can be restored to a time from"],
    ["2999-01-01T00:00:00+01:00", "can be restored to a time from"],
    [`${tableArn("cruddur-messages-refused")}/backup/1`, "There is no backup"],
    ["arn:aws:backup:ca-central-1:999999999999:recovery-point:1", "There is no backup"],
  ])("%s is refused", async (to, fault) => {
    const { from } = await (refused ??= createTable("-refused"));
    await expect(findRestorePoint(from, to)).rejects.toThrow(fault);
  });

  test("is no time where recovery is off, and no backup of another table", async () => {
    const { from, tableName } = await createTable("-off", false);
    await expect(findRestorePoint(from, "latest")).rejects.toThrow(
      `Table ${tableName} has no point-in-time recovery`,
    );
    const other = await createTable("-other");
    const backup = { TableName: other.tableName, BackupName: "mine" };
    const { BackupDetails: made } = await from.client.send(new CreateBackupCommand(backup));
    await expect(findRestorePoint(from, made?.BackupArn ?? "")).rejects.toThrow(
      `is of the table ${other.tableName}, and must be of ${tableName}`,
    );
  });

  test("is a second before the first write: the copy is empty, and another restore to it takes the same copy", async () => {
    const { from, documents, tableName } = await createTable("-empty");
    await sleep(2_100);
    const point = await findRestorePoint(from, new Date(Date.now() - 1_000).toISOString());
    await put(documents, tableName, "1");
    const copy = await restore(from, point);
    expect((await documents.send(new ScanCommand({ TableName: copy }))).Items).toEqual([]);
    expect(await restore(from, point)).toBe(copy);
    expect(said.at(-1)).toBe(`${copy} is there already, from this restore`);
    const later: RestorePoint = { kind: "time", time: new Date(point.time.getTime() + 1) };
    const wrong = restoreBeside({ from, point: later, name: copy, onProgress: () => undefined });
    await expect(wrong).rejects.toThrow(`There is a table ${copy} already, and it is not from this restore`);
    // A backup of that very second may have other items.
    const backup: RestorePoint = { kind: "backup", arn: `${tableArn(tableName)}/backup/1`, time: point.time };
    await expect(restore(from, backup)).rejects.toThrow("it is not from this restore");

    // Its time is no longer among those that can be restored; the copy is there all the same.
    await setRecovery(from.client, tableName, false);
    expect(await findRestorePoint(from, point.time.toISOString())).toEqual(point);
    const other = new Date(point.time.getTime() - 1_000).toISOString();
    await expect(findRestorePoint(from, other)).rejects.toThrow("has no point-in-time recovery");
  }, 60_000);

  test("is never the table that is there, under its own name", async () => {
    const { from, tableName } = await createTable("-there");
    const point: RestorePoint = { kind: "backup", arn: `${tableArn(tableName)}/backup/1`, time: new Date() };
    const wrong = restoreBeside({ from, point, name: tableName, onProgress: () => undefined });
    await expect(wrong).rejects.toThrow(`The table ${tableName} is there. Nothing was changed. Leave out`);
  });

  test("leaves a copy that can be removed while it is still being restored, and only once", async () => {
    const { from, tableName } = await createTable("-unfinished");
    const copy = restoredTable(from.own, new Date());
    const begin = { SourceTableName: tableName, TargetTableName: copy, UseLatestRestorableTime: true };
    await from.client.send(new RestoreTableToPointInTimeCommand(begin));
    expect(await removeRestored(from, copy)).toBe(true);
    expect(await removeRestored(from, copy)).toBe(false);
  }, 60_000);

  describe("a table that is gone", () => {
    test("is restored from the backup that DynamoDB made of it", async () => {
      const { from, documents, tableName } = await createTable("-gone");
      await put(documents, tableName, "1");
      await from.client.send(new DeleteTableCommand({ TableName: tableName }));
      await expect(findRestorePoint(from, "latest")).rejects.toThrow(`There is no table ${tableName}`);
      const points = await listRestorePoints(from);
      expect(points).toMatchObject({ recovery: "no table", backups: [{ by: "deletion" }] });
      expect(restorePointsText(from, points)).toEqual([
        `Table ${tableName}: it doesn't exist.`,
        "Backups:",
        expect.stringContaining("made by DynamoDB when the table was deleted"),
      ]);
      const point = await findRestorePoint(from, points.backups[0]?.arn ?? "");
      await restoreBeside({ from, point, name: tableName, onProgress: () => undefined });
      expect((await documents.send(new ScanCommand({ TableName: tableName }))).Count).toBe(1);
    }, 60_000);
  });

  test("is a recovery point of AWS Backup", async () => {
    const { from, documents, tableName } = await createTable("-backed");
    const backup = new BackupClient(clientSettings(aws));
    const { backupVault, backupRole } = namesOf(from.environment);
    const wholly = { DynamoDB: true };
    await backup.send(
      new UpdateRegionSettingsCommand({
        ResourceTypeManagementPreference: wholly,
        ResourceTypeOptInPreference: wholly,
      }),
    );
    await createVault(backup, backupVault);
    const IamRoleArn = await createBackupRole(aws, backupRole, [...BACKUP_ACTIONS, ...RESTORE_ACTIONS]);
    await put(documents, tableName, "1");
    const job = { BackupVaultName: backupVault, IamRoleArn, ResourceArn: tableArn(tableName) };
    const { RecoveryPointArn = "" } = await backUp(backup, job);
    await put(documents, tableName, "2");

    expect((await listRestorePoints(from)).backups).toMatchObject([
      { arn: RecoveryPointArn, by: "AWS Backup" },
    ]);
    const point = await findRestorePoint(from, RecoveryPointArn);
    const copy = await restore(from, point);
    const { Items } = await documents.send(new ScanCommand({ TableName: copy }));
    expect(Items).toEqual([{ pk: "MSG#1", sk: "1" }]);
    expect(await restore(from, point)).toBe(copy);

    // AWS Backup answers a repeated request with the job of the first, which is over.
    await removeRestored(from, copy);
    expect(await restore(from, point)).toBe(copy);
    expect((await documents.send(new ScanCommand({ TableName: copy }))).Count).toBe(1);
  }, 60_000);
});
