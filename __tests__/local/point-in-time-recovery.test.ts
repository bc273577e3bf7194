import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBackupCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListBackupsCommand,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createUser } from "../support/identities.ts";
import { clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

const CORRECTIONS = [
  "point-in-time-recovery",
  "restored-tables",
  "restore-permissions",
  "system-backups",
  "listed-backups",
];

describeWith(["python"], "backups and restores of tables", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: CORRECTIONS });
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  const setRecovery = (
    client: DynamoDBClient,
    TableName: string,
    PointInTimeRecoveryEnabled: boolean,
    RecoveryPeriodInDays?: number,
  ) =>
    client.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, RecoveryPeriodInDays },
      }),
    );
  const windowOf = async (client: DynamoDBClient, TableName: string) =>
    (await client.send(new DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription
      ?.PointInTimeRecoveryDescription;
  const scan = async (client: DynamoDBDocumentClient, TableName: string) => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    return Object.fromEntries(Items.map((item) => [item["sk"] as string, item["text"] as unknown]));
  };
  const put = (client: DynamoDBDocumentClient, TableName: string, sk: string, text: string) =>
    client.send(new PutCommand({ TableName, Item: { pk: "MSG#1", sk, text } }));
  const restored = (client: DynamoDBClient, TableName: string) =>
    waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.2, maxDelay: 0.5 }, { TableName });
  const moment = async () => {
    await sleep(20);
    const now = new Date();
    await sleep(20);
    return now;
  };
  const toTime = (SourceTableName: string, TargetTableName: string, RestoreDateTime?: Date) =>
    new RestoreTableToPointInTimeCommand({
      SourceTableName,
      TargetTableName,
      ...(RestoreDateTime ? { RestoreDateTime } : { UseLatestRestorableTime: true }),
    });

  describe("a table with point-in-time recovery", () => {
    test("is restored as it was at each time, however its items were written", async () => {
      const { client, table } = await createMessagesTable(aws, "written");
      const { client: documents } = table;
      await put(documents, "written", "before recovery", "1");
      await setRecovery(client, "written", true);
      const first = await moment();
      await put(documents, "written", "before recovery", "2");
      await put(documents, "written", "put", "1");
      const Key = { pk: "MSG#1", sk: "put" };
      const second = await moment();
      await documents.send(
        new UpdateCommand({
          TableName: "written",
          Key,
          UpdateExpression: "SET #text = :text",
          ExpressionAttributeNames: { "#text": "text" },
          ExpressionAttributeValues: { ":text": "updated" },
        }),
      );
      const third = await moment();
      const Put = { TableName: "written", Item: { pk: "MSG#1", sk: "transaction", text: "1" } };
      const Delete = { TableName: "written", Key };
      await documents.send(new TransactWriteCommand({ TransactItems: [{ Put }, { Delete }] }));
      const PutRequest = { Item: { pk: "MSG#1", sk: "batch", text: "1" } };
      const DeleteRequest = { Key: { pk: "MSG#1", sk: "before recovery" } };
      const RequestItems = { written: [{ PutRequest }, { DeleteRequest }] };
      await documents.send(new BatchWriteCommand({ RequestItems }));
      const times = { first, second, third, latest: undefined };
      for (const [name, time] of Object.entries(times)) await client.send(toTime("written", name, time));
      await documents.send(new DeleteCommand({ TableName: "written", Key: { pk: "MSG#1", sk: "batch" } }));
      for (const name of Object.keys(times)) await restored(client, name);

      expect(await scan(documents, "first")).toEqual({ "before recovery": "1" });
      expect(await scan(documents, "second")).toEqual({ "before recovery": "2", put: "1" });
      expect(await scan(documents, "third")).toEqual({ "before recovery": "2", put: "updated" });
      expect(await scan(documents, "latest")).toEqual({ transaction: "1", batch: "1" });
    });

    test("has a window that begins when recovery is turned on, and ends when it is turned off", async () => {
      const { client, table } = await createMessagesTable(aws, "window");
      await put(table.client, "window", "one", "1");
      expect(await windowOf(client, "window")).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
      await expect(client.send(toTime("window", "off"))).rejects.toThrow("not enabled");
      const before = new Date();
      await setRecovery(client, "window", true);
      const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } =
        (await windowOf(client, "window")) ?? {};
      expect(earliest?.getTime()).toBeGreaterThanOrEqual(before.getTime());
      expect(latest?.getTime()).toBeGreaterThanOrEqual(earliest?.getTime() ?? Infinity);
      for (const outside of [new Date(before.getTime() - 1_000), new Date(Date.now() + 60_000)])
        await expect(client.send(toTime("window", "outside", outside))).rejects.toMatchObject({
          name: "InvalidRestoreTimeException",
        });
      const within = await moment();
      await setRecovery(client, "window", false);
      await setRecovery(client, "window", true);
      await expect(client.send(toTime("window", "again", within))).rejects.toThrow("invalid restore time");
    });

    test.each([
      ["the days that are given", 14, 14],
      ["35 days otherwise", undefined, 35],
    ])("can be restored for %s", async (_, given, stored) => {
      const { client } = await createMessagesTable(aws, `${stored}-days`);
      await setRecovery(client, `${stored}-days`, true, given);
      expect(await windowOf(client, `${stored}-days`)).toMatchObject({ RecoveryPeriodInDays: stored });
      await expect(setRecovery(client, `${stored}-days`, true, 36)).rejects.toThrow("between 1 and 35");
    });

    test("leaves a backup of the system's when it is deleted", async () => {
      const { client, table } = await createMessagesTable(aws, "deleted");
      await setRecovery(client, "deleted", true);
      await put(table.client, "deleted", "last", "1");
      await client.send(new DeleteTableCommand({ TableName: "deleted" }));
      const list = async (BackupType?: "SYSTEM") =>
        (await client.send(new ListBackupsCommand({ TableName: "deleted", BackupType }))).BackupSummaries ??
        [];
      expect(await list()).toEqual([]);
      const [backup, ...more] = await list("SYSTEM");
      expect(more).toEqual([]);
      expect(backup).toMatchObject({ BackupName: "deleted$DeletedTableBackup", BackupType: "SYSTEM" });
      const from = { BackupArn: backup?.BackupArn, TargetTableName: "deleted" };
      await client.send(new RestoreTableFromBackupCommand(from));
      await restored(client, "deleted");
      expect(await scan(table.client, "deleted")).toEqual({ last: "1" });
    });
  });

  describe("a restored table", () => {
    const key = "arn:aws:kms:ca-central-1:999999999999:key/00000000-0000-4000-8000-000000000000";

    test("is being created for a while, and lacks what a restore leaves out", async () => {
      const { client, table } = await createMessagesTable(aws, "source");
      const SSESpecification = { Enabled: true, SSEType: "KMS" as const, KMSMasterKeyId: key };
      await client.send(new UpdateTableCommand({ TableName: "source", SSESpecification }));
      await client.send(new UpdateTableCommand({ TableName: "source", DeletionProtectionEnabled: true }));
      await setRecovery(client, "source", true);
      await client.send(toTime("source", "copy"));
      const describeCopy = async () =>
        (await client.send(new DescribeTableCommand({ TableName: "copy" }))).Table ?? {};
      expect(await describeCopy()).toMatchObject({
        TableStatus: "CREATING",
        RestoreSummary: { RestoreInProgress: true },
      });
      await expect(put(table.client, "copy", "one", "1")).rejects.toThrow("not found");
      await expect(setRecovery(client, "copy", true)).rejects.toThrow("still in use");
      await expect(client.send(toTime("source", "copy"))).rejects.toThrow("already exists");

      await restored(client, "copy");
      const source = (await client.send(new DescribeTableCommand({ TableName: "source" }))).Table;
      const copy = await describeCopy();
      expect(copy).toMatchObject({
        TableStatus: "ACTIVE",
        DeletionProtectionEnabled: false,
        KeySchema: source?.KeySchema,
        SSEDescription: { KMSMasterKeyArn: key },
        RestoreSummary: { RestoreInProgress: false, SourceTableArn: source?.TableArn },
      });
      expect(copy.GlobalSecondaryIndexes).toHaveLength(1);
      expect(copy.StreamSpecification).toBeUndefined();
      expect(await windowOf(client, "copy")).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
    });

    test("may be made only by who may read and write it", async () => {
      const { client } = await createMessagesTable(aws, "of-somebody");
      await setRecovery(client, "of-somebody", true);
      const arn = (table: string) => `arn:aws:dynamodb:ca-central-1:999999999999:table/${table}`;
      const from = {
        Effect: "Allow",
        Action: "dynamodb:RestoreTableToPointInTime",
        Resource: arn("of-somebody"),
      };
      const actions = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"];
      const to = (given: readonly string[]) => ({
        Effect: "Allow",
        Action: given.map((action) => `dynamodb:${action}`),
        Resource: arn("copy-of-*"),
      });
      const as = async (user: string, ...statements: object[]) =>
        new DynamoDBClient({
          ...clientSettings(aws),
          credentials: await createUser(aws, user, ...statements),
        });
      const command = () => toTime("of-somebody", "copy-of-somebody");
      await expect((await as("neither", to(actions))).send(command())).rejects.toThrow("not authorized");
      await expect((await as("less", from, to(actions.slice(1)))).send(command())).rejects.toThrow(
        "not authorized to perform: dynamodb:BatchWriteItem",
      );
      await (await as("both", from, to(actions))).send(command());
    });
  });

  test("are needed: ministack restores what is there now, at once, and without recovery", async () => {
    const { client, table } = await createMessagesTable(asShipped, "shipped");
    await put(table.client, "shipped", "one", "1");
    await client.send(toTime("shipped", "copy", new Date("2026-01-01T00:00:00Z")));
    expect(await scan(table.client, "copy")).toEqual({ one: "1" });
    await setRecovery(client, "shipped", true, 14);
    expect((await windowOf(client, "shipped"))?.RecoveryPeriodInDays).toBeUndefined();
    await client.send(new CreateBackupCommand({ TableName: "shipped", BackupName: "mine" }));
    await client.send(new DeleteTableCommand({ TableName: "shipped" }));
    const system = new ListBackupsCommand({ TableName: "shipped", BackupType: "SYSTEM" });
    expect((await client.send(system)).BackupSummaries).toMatchObject([{ BackupType: "USER" }]);
  });
});
