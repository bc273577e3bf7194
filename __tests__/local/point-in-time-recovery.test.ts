import {
  DescribeContinuousBackupsCommand,
  DynamoDBClient,
  ExecuteTransactionCommand,
  ScanCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  DeleteCommand,
  ExecuteStatementCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { clientSettings as settingsIn, type EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { ACCOUNT, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { putText, quietMoment, restored, setRecovery, textsOf, toTime } from "../support/table-restores.ts";

describeWith(["python"], "point-in-time recovery of tables", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: ["point-in-time-recovery"] });
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  const windowOf = async (client: DynamoDBClient, TableName: string) =>
    (await client.send(new DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription
      ?.PointInTimeRecoveryDescription;

  describe("a table with point-in-time recovery", () => {
    test("is restored as it was at each time, however its items were written", async () => {
      const { client, table } = await createMessagesTable(aws, "written");
      const { client: documents } = table;
      await putText(documents, "written", "before recovery", "1");
      await setRecovery(client, "written", true);
      const first = await quietMoment();
      await putText(documents, "written", "before recovery", "2");
      await putText(documents, "written", "put", "1");
      const Key = { pk: "MSG#1", sk: "put" };
      const second = await quietMoment();
      await documents.send(
        new UpdateCommand({
          TableName: "written",
          Key,
          UpdateExpression: "SET #text = :text",
          ExpressionAttributeNames: { "#text": "text" },
          ExpressionAttributeValues: { ":text": "updated" },
        }),
      );
      const third = await quietMoment();
      const Put = { TableName: "written", Item: { pk: "MSG#1", sk: "transaction", text: "1" } };
      const Delete = { TableName: "written", Key };
      await documents.send(new TransactWriteCommand({ TransactItems: [{ Put }, { Delete }] }));
      const PutRequest = { Item: { pk: "MSG#1", sk: "batch", text: "1" } };
      const DeleteRequest = { Key: { pk: "MSG#1", sk: "before recovery" } };
      const RequestItems = { written: [{ PutRequest }, { DeleteRequest }] };
      await documents.send(new BatchWriteCommand({ RequestItems }));
      const fourth = await quietMoment();
      const insert = (sk: string) =>
        `INSERT INTO "written" VALUE {'pk': 'MSG#1', 'sk': '${sk}', 'text': '1'}`;
      await documents.send(new ExecuteStatementCommand({ Statement: insert("statement") }));
      const TransactStatements = ["undone", "batch"].map((sk) => ({ Statement: insert(sk) }));
      await expect(client.send(new ExecuteTransactionCommand({ TransactStatements }))).rejects.toThrow();
      const times = { first, second, third, fourth, latest: undefined };
      for (const [name, time] of Object.entries(times)) await client.send(toTime("written", name, time));
      await documents.send(new DeleteCommand({ TableName: "written", Key: { pk: "MSG#1", sk: "batch" } }));
      for (const name of Object.keys(times)) await restored(client, name);

      expect(await textsOf(documents, "first")).toEqual({ "before recovery": "1" });
      expect(await textsOf(documents, "second")).toEqual({ "before recovery": "2", put: "1" });
      expect(await textsOf(documents, "third")).toEqual({ "before recovery": "2", put: "updated" });
      expect(await textsOf(documents, "fourth")).toEqual({ transaction: "1", batch: "1" });
      expect(await textsOf(documents, "latest")).toEqual({ transaction: "1", batch: "1", statement: "1" });
    });

    test("has a window that begins when recovery is turned on, and ends when it is turned off", async () => {
      const { client, table } = await createMessagesTable(aws, "window");
      await putText(table.client, "window", "one", "1");
      expect(await windowOf(client, "window")).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
      await expect(client.send(toTime("window", "off"))).rejects.toMatchObject({
        name: "PointInTimeRecoveryUnavailableException",
      });
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
      const noTime = toTime("window", "outside", undefined, { UseLatestRestorableTime: undefined });
      await expect(client.send(noTime)).rejects.toMatchObject({ name: "ValidationException" });
      for (const unknown of [
        client.send(toTime("nowhere", "outside")),
        windowOf(client, "nowhere"),
        setRecovery(client, "nowhere", true),
      ])
        await expect(unknown).rejects.toMatchObject({ name: "TableNotFoundException" });
      const within = await quietMoment();
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

    test("has replicas with a recovery of their own", async () => {
      const { client, table } = await createMessagesTable(aws, "replicated");
      const StreamSpecification = { StreamEnabled: false };
      await client.send(new UpdateTableCommand({ TableName: "replicated", StreamSpecification }));
      await setRecovery(client, "replicated", true);
      await putText(table.client, "replicated", "before", "1");
      const withoutReplica = await quietMoment();
      const ReplicaUpdates = [{ Create: { RegionName: "us-east-1" } }];
      await client.send(new UpdateTableCommand({ TableName: "replicated", ReplicaUpdates }));
      const there = new DynamoDBClient(settingsIn(aws, ACCOUNT, "us-east-1"));
      expect(await windowOf(there, "replicated")).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
      await setRecovery(there, "replicated", true);
      await expect(there.send(toTime("replicated", "copy", withoutReplica))).rejects.toThrow(
        "invalid restore time",
      );
      await putText(table.client, "replicated", "after", "1");
      await there.send(toTime("replicated", "copy"));
      await restored(there, "copy");
      const inCopy = new ScanCommand({ TableName: "copy", Select: "COUNT" });
      expect((await there.send(inCopy)).Count).toBe(2);
    });
  });

  test("is needed: ministack restores what is there now, without recovery, and forgets the days", async () => {
    const { client, table } = await createMessagesTable(asShipped, "shipped");
    await putText(table.client, "shipped", "one", "1");
    await client.send(toTime("shipped", "copy", new Date("2026-01-01T00:00:00Z")));
    expect(await textsOf(table.client, "copy")).toEqual({ one: "1" });
    await setRecovery(client, "shipped", true, 14);
    expect((await windowOf(client, "shipped"))?.RecoveryPeriodInDays).toBeUndefined();
  });
});
