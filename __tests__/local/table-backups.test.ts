import {
  CreateBackupCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  type DynamoDBClient,
  ListBackupsCommand,
  type ListBackupsCommandInput,
  RestoreTableFromBackupCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { putText, quietMoment, restored, setRecovery, textsOf } from "../support/table-restores.ts";

describeWith(["python"], "DynamoDB's backups of tables", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: ["backup-details", "system-backups", "listed-backups"] });
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  const backUp = (client: DynamoDBClient, TableName: string, BackupName: string) =>
    client.send(new CreateBackupCommand({ TableName, BackupName }));
  const list = async (client: DynamoDBClient, filter: ListBackupsCommandInput) =>
    (await client.send(new ListBackupsCommand(filter))).BackupSummaries ?? [];
  const names = async (client: DynamoDBClient, filter: ListBackupsCommandInput) =>
    (await list(client, filter)).map(({ BackupName }) => BackupName);

  test("a table with recovery that is deleted leaves one of the system's, which can be restored", async () => {
    const { client, table } = await createMessagesTable(aws, "deleted");
    const TableName = "deleted";
    await setRecovery(client, TableName, true);
    await putText(table.client, TableName, "last", "1");
    const protect = (DeletionProtectionEnabled: boolean) =>
      client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }));
    await protect(true);
    await expect(client.send(new DeleteTableCommand({ TableName }))).rejects.toThrow("protected");
    await protect(false);
    await client.send(new DeleteTableCommand({ TableName }));
    expect(await list(client, { TableName })).toEqual([]);
    const [backup, ...more] = await list(client, { TableName, BackupType: "SYSTEM" });
    expect(more).toEqual([]);
    expect(backup).toMatchObject({ BackupName: "deleted$DeletedTableBackup", BackupType: "SYSTEM" });
    const from = { BackupArn: backup?.BackupArn, TargetTableName: TableName };
    await client.send(new RestoreTableFromBackupCommand(from));
    await restored(client, TableName);
    expect(await textsOf(table.client, TableName)).toEqual({ last: "1" });
  });

  test("a table without recovery that is deleted leaves none", async () => {
    const { client } = await createMessagesTable(aws, "without-recovery");
    await client.send(new DeleteTableCommand({ TableName: "without-recovery" }));
    expect(await list(client, { TableName: "without-recovery", BackupType: "ALL" })).toEqual([]);
  });

  test("are listed by table, type and time, page by page", async () => {
    const { client } = await createMessagesTable(aws, "listed");
    const TableName = "listed";
    await setRecovery(client, TableName, true);
    await backUp(client, TableName, "first");
    const between = await quietMoment();
    await backUp(client, TableName, "second");
    await client.send(new DeleteTableCommand({ TableName }));

    const all = { TableName, BackupType: "ALL" as const };
    const system = "listed$DeletedTableBackup";
    expect(await names(client, { TableName })).toEqual(["first", "second"]);
    expect(await names(client, all)).toEqual(["first", "second", system]);
    expect(await names(client, { ...all, TimeRangeLowerBound: between })).toEqual(["second", system]);
    expect(await names(client, { ...all, TimeRangeUpperBound: between })).toEqual(["first"]);

    const page = await client.send(new ListBackupsCommand({ ...all, Limit: 2 }));
    expect(page.BackupSummaries).toHaveLength(2);
    const ExclusiveStartBackupArn = page.LastEvaluatedBackupArn;
    const rest = await client.send(new ListBackupsCommand({ ...all, ExclusiveStartBackupArn }));
    expect(rest.BackupSummaries).toMatchObject([{ BackupName: system }]);
    expect(rest.LastEvaluatedBackupArn).toBeUndefined();
  });

  test("have the size of the items and the settings that the table had", async () => {
    const see = async (embedded: EmbeddedAws) => {
      const { client, table } = await createMessagesTable(embedded, "sized");
      const TableName = "sized";
      // As DynamoDB counts: "pk" and "MSG#1", "sk" and "1", "text" and 100 characters.
      await putText(table.client, TableName, "1", "x".repeat(100));
      const OnDemandThroughput = { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 };
      await client.send(new UpdateTableCommand({ TableName, OnDemandThroughput }));
      const { BackupDetails } = await backUp(client, TableName, "sized");
      const command = new DescribeBackupCommand({ BackupArn: BackupDetails?.BackupArn });
      const { BackupDescription } = await client.send(command);
      return [BackupDetails?.BackupSizeBytes, BackupDescription?.SourceTableDetails?.OnDemandThroughput];
    };
    const maxima = { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 };
    expect(await see(aws)).toEqual([114, maxima]);
    expect(await see(asShipped)).toEqual([200, undefined]);
  });

  test("are corrected: in ministack, a deleted table leaves none, and all types are listed", async () => {
    const { client } = await createMessagesTable(asShipped, "shipped");
    const TableName = "shipped";
    await setRecovery(client, TableName, true);
    await backUp(client, TableName, "mine");
    await client.send(new DeleteTableCommand({ TableName }));
    expect(await names(client, { TableName, BackupType: "SYSTEM" })).toEqual(["mine"]);
  });
});
