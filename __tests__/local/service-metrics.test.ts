import { setTimeout as sleep } from "node:timers/promises";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type ReturnConsumedCapacity,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { CONVERSATION_INDEX } from "../../messaging/tables.ts";
import { createFunction, type MappingSettings, streamReads } from "../support/create-function.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { metricsIn } from "../support/metrics.ts";
import { describeWith } from "../support/requirements.ts";
import { ScaledTables } from "../support/scaled-tables.ts";
import { until } from "../support/until.ts";

const corrections = ["table-metrics", "lambda-metrics", "queue-metrics"];

describeWith(["python"], "the metrics of the embedded AWS's services", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    [aws, asShipped] = await Promise.all([startEmbeddedAws(), startEmbeddedAws({ without: corrections })]);
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  /** The state of a new alarm that any datum over a threshold of zero breaches. */
  async function stateOfAlarm(metric: Partial<PutMetricAlarmCommandInput>) {
    const cloudwatch = new CloudWatchClient(clientSettings(aws));
    const AlarmName = String(metric.MetricName);
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Period: 3_600,
        EvaluationPeriods: 1,
        Threshold: 0,
        Statistic: "Maximum",
        ComparisonOperator: "GreaterThanThreshold",
        ...metric,
      }),
    );
    const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
    return MetricAlarms?.[0]?.StateValue;
  }

  describe("tables", () => {
    beforeAll(async () => {
      await createMessagesTable(aws, "answering");
    });
    const item = (pk: string, attributes: object = {}) => ({
      pk: { S: pk },
      sk: { S: "1" },
      ...attributes,
    });
    const indexed = { message_group_uuid: { S: "c" } };
    const twoKilobytes = { message: { S: "m".repeat(1_500) } };

    async function consumed(name: string, where = aws, account = ACCOUNT) {
      const metrics = metricsIn(where, "AWS/DynamoDB", account);
      const table = { TableName: name };
      const index = { ...table, GlobalSecondaryIndexName: CONVERSATION_INDEX };
      return {
        read: await metrics.read("ConsumedReadCapacityUnits", table),
        write: await metrics.read("ConsumedWriteCapacityUnits", table),
        indexRead: await metrics.read("ConsumedReadCapacityUnits", index),
        indexWrite: await metrics.read("ConsumedWriteCapacityUnits", index),
      };
    }

    test("have what each write and read consumed, on the table and on the index", async () => {
      const { client } = await createMessagesTable(aws, "consuming");
      const TableName = "consuming";
      const Key = item("a");
      await client.send(
        new PutItemCommand({ TableName, Item: { ...Key, ...indexed, ...twoKilobytes } }), // 2 and 2
      );
      await client.send(new PutItemCommand({ TableName, Item: item("b") })); // 1
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: item("b"),
          UpdateExpression: "SET message_group_uuid = :c",
          ExpressionAttributeValues: { ":c": { S: "c" } },
        }), // 1 and 1
      );
      await client.send(new DeleteItemCommand({ TableName, Key: item("b") })); // 1 and 1
      await client.send(
        new BatchWriteItemCommand({
          RequestItems: { [TableName]: [{ PutRequest: { Item: item("c", indexed) } }] },
        }), // 1 and 1
      );
      const transaction = {
        ClientRequestToken: "token",
        TransactItems: [{ Put: { TableName, Item: item("d", indexed) } }],
      };
      await client.send(new TransactWriteItemsCommand(transaction)); // 2 and 1
      expect(await consumed(TableName)).toEqual({ write: 8, indexWrite: 6 });

      await client.send(new TransactWriteItemsCommand(transaction)); // reads 2
      await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true })); // 1
      await client.send(new ScanCommand({ TableName })); // 0.5
      await client.send(
        new QueryCommand({
          TableName,
          IndexName: CONVERSATION_INDEX,
          KeyConditionExpression: "message_group_uuid = :c",
          ExpressionAttributeValues: { ":c": { S: "c" } },
        }), // 0.5
      );
      expect(await consumed(TableName)).toEqual({ write: 8, indexWrite: 6, read: 3.5, indexRead: 0.5 });
      expect(await consumed(TableName, aws, "888888888888")).toEqual({});
    });

    test.each<[ReturnConsumedCapacity | undefined, object | undefined]>([
      [undefined, undefined],
      ["NONE", undefined],
      ["TOTAL", { TableName: "answering", CapacityUnits: 2 }],
      [
        "INDEXES",
        {
          TableName: "answering",
          CapacityUnits: 2,
          Table: { CapacityUnits: 1 },
          GlobalSecondaryIndexes: { [CONVERSATION_INDEX]: { CapacityUnits: 1 } },
        },
      ],
    ])("a request that asks for %s is answered as ever", async (ReturnConsumedCapacity, capacity) => {
      const { dynamodb: client } = new ScaledTables(aws);
      const TableName = "answering";
      const Item = item(String(ReturnConsumedCapacity), indexed);
      const put = new PutItemCommand({ TableName, Item, ReturnConsumedCapacity });
      expect((await client.send(put)).ConsumedCapacity).toEqual(capacity);
      await expect(
        client.send(new PutItemCommand({ TableName, Item, ReturnConsumedCapacity: "ALL" as never })),
      ).rejects.toThrow("returnConsumedCapacity");
    });

    test("in provisioned mode have their provisioned capacity, and no other metric", async () => {
      await new ScaledTables(aws).create("provisioned");
      const { read, names } = metricsIn(aws, "AWS/DynamoDB");
      const table = { TableName: "provisioned" };
      const index = { ...table, GlobalSecondaryIndexName: CONVERSATION_INDEX };
      expect([
        await read("ProvisionedReadCapacityUnits", table, "Average"),
        await read("ProvisionedWriteCapacityUnits", index, "Maximum"),
        await read("ProvisionedReadCapacityUnits", { TableName: "consuming" }),
      ]).toEqual([5, 5, undefined]);
      expect(await names()).toEqual([
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "ProvisionedReadCapacityUnits",
        "ProvisionedWriteCapacityUnits",
      ]);
    });

    test("can be watched by an alarm", async () => {
      const metric = { Namespace: "AWS/DynamoDB", MetricName: "ConsumedWriteCapacityUnits" };
      const Dimensions = [{ Name: "TableName", Value: "consuming" }];
      expect(await stateOfAlarm({ ...metric, Dimensions })).toBe("ALARM");
    });

    test("is needed: ministack has no metric of tables", async () => {
      const { client } = await createMessagesTable(asShipped, "consuming");
      await client.send(new PutItemCommand({ TableName: "consuming", Item: item("a") }));
      expect(await metricsIn(asShipped, "AWS/DynamoDB").names()).toEqual([]);
    });
  });

  describe("functions", () => {
    const names = { FunctionName: "counting" };
    const lambda = (where = aws) => new LambdaClient({ ...clientSettings(where), maxAttempts: 1 });
    const invoke = (FunctionName: string, where = aws) =>
      lambda(where).send(new InvokeCommand({ FunctionName, Payload: "{}" }));

    test("have their invocations, errors, durations and throttles", async () => {
      const code = `let calls = 0;
        exports.handler = async () => { calls += 1; if (calls > 1) throw new Error("second"); };`;
      await createFunction(aws, "counting", code);
      await invoke("counting");
      await invoke("counting");
      const ReservedConcurrentExecutions = 0;
      await lambda().send(new PutFunctionConcurrencyCommand({ ...names, ReservedConcurrentExecutions }));
      await expect(invoke("counting")).rejects.toThrow("Rate Exceeded");
      const { read } = metricsIn(aws, "AWS/Lambda");
      expect([
        await read("Invocations", names),
        await read("Errors", names),
        await read("Throttles", names),
        await read("Duration", names, "SampleCount"),
      ]).toEqual([2, 1, 1, 2]);
    });

    /** A stream of three records, of which one doesn't pass the filter and one makes the function fail. */
    async function failOnStream(where: EmbeddedAws, name: string, settings: MappingSettings = {}) {
      const { client, streamArn } = await createMessagesTable(where, name);
      const code = `exports.handler = async ({ Records }) => {
        if (Records.some(({ dynamodb }) => dynamodb.Keys.pk.S === "bad")) throw new Error("bad");
      };`;
      const { connect } = await createFunction(where, name, code, {
        allowed: [...streamReads, "sqs:SendMessage"],
      });
      for (const pk of ["other", "good", "bad"]) {
        const Item = { pk: { S: pk }, sk: { S: "1" } };
        await client.send(new PutItemCommand({ TableName: name, Item }));
        await sleep(10);
      }
      const pattern = { dynamodb: { Keys: { pk: { S: ["good", "bad"] } } } };
      const { UUID = "" } = await connect(streamArn, {
        BatchSize: 1,
        MaximumRetryAttempts: 1,
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] },
        MetricsConfig: { Metrics: ["EventCount"] },
        ...settings,
      });
      return UUID;
    }
    /** The counts of a mapping's events. */
    async function eventsOf(EventSourceMappingUUID: string) {
      const { read } = metricsIn(aws, "AWS/Lambda");
      const count = (kind: string) => read(`${kind}EventCount`, { EventSourceMappingUUID });
      return {
        polled: await count("Polled"),
        filteredOut: await count("FilteredOut"),
        invoked: await count("Invoked"),
        failed: await count("FailedInvoke"),
        dropped: await count("Dropped"),
        delivered: await count("OnFailureDestinationDelivered"),
      };
    }

    test("on a stream also have the age of their records, and their mapping counts its events", async () => {
      const UUID = await failOnStream(aws, "streaming");
      const { read } = metricsIn(aws, "AWS/Lambda");
      await until(async () => (await eventsOf(UUID)).dropped === 1);
      const counts = { polled: 3, filteredOut: 1, invoked: 3, failed: 2, dropped: 1, delivered: undefined };
      expect(await eventsOf(UUID)).toEqual(counts);
      const streaming = { FunctionName: "streaming" };
      expect([await read("Invocations", streaming), await read("Errors", streaming)]).toEqual([3, 2]);
      const age = await read("IteratorAge", streaming, "Maximum");
      expect(age).toBeGreaterThan(0);
      expect(age).toBeLessThan(60_000);
      expect(
        await stateOfAlarm({
          Namespace: "AWS/Lambda",
          MetricName: "IteratorAge",
          Dimensions: [{ Name: "FunctionName", Value: "streaming" }],
        }),
      ).toBe("ALARM");
    });

    test("a mapping counts what it sent to its on-failure destination, or that it couldn't", async () => {
      const sqs = new SQSClient(clientSettings(aws));
      await sqs.send(new CreateQueueCommand({ QueueName: "given-up" }));
      const to = (queue: string) => ({
        DestinationConfig: { OnFailure: { Destination: `arn:aws:sqs:ca-central-1:${ACCOUNT}:${queue}` } },
      });
      const delivering = await failOnStream(aws, "delivering", to("given-up"));
      const undelivering = await failOnStream(aws, "undelivering", to("none"));
      await until(async () => (await eventsOf(delivering)).delivered === 1);
      await until(async () => (await eventsOf(undelivering)).dropped === 1);
      expect((await eventsOf(delivering)).dropped).toBeUndefined();
      const { read } = metricsIn(aws, "AWS/Lambda");
      expect(await read("DestinationDeliveryFailures", { FunctionName: "undelivering" })).toBe(1);
    });

    test("a mapping that doesn't ask for them has no counts", async () => {
      const UUID = await failOnStream(aws, "uncounted", { MetricsConfig: { Metrics: [] } });
      await until(
        async () => (await metricsIn(aws, "AWS/Lambda").read("Errors", { FunctionName: "uncounted" })) === 2,
      );
      expect(Object.values(await eventsOf(UUID)).filter((count) => count !== undefined)).toEqual([]);
    });

    test("is needed: ministack counts one throttle twice, and no invocation by a stream", async () => {
      await createFunction(asShipped, "counting", "exports.handler = async () => {};");
      const ReservedConcurrentExecutions = 0;
      await lambda(asShipped).send(
        new PutFunctionConcurrencyCommand({ ...names, ReservedConcurrentExecutions }),
      );
      await expect(invoke("counting", asShipped)).rejects.toThrow("Rate Exceeded");
      const { read } = metricsIn(asShipped, "AWS/Lambda");
      expect(await read("Throttles", names)).toBe(2);
      await failOnStream(asShipped, "streaming");
      await until(async () => (await read("IteratorAge", { FunctionName: "streaming" })) !== undefined);
      expect(await read("Invocations", { FunctionName: "streaming" })).toBeUndefined();
    });
  });

  describe("queues", () => {
    async function queueWith(where: EmbeddedAws, QueueName: string, messages: number) {
      const sqs = new SQSClient(clientSettings(where));
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
      for (let message = 0; message < messages; message += 1)
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "given up" }));
      return { receive: () => sqs.send(new ReceiveMessageCommand({ QueueUrl })) };
    }

    test("have the number of their messages, and the age of the oldest", async () => {
      const { receive } = await queueWith(aws, "dead-letters", 2);
      await queueWith(aws, "empty", 0);
      const { read } = metricsIn(aws, "AWS/SQS");
      const visible = (QueueName: string) =>
        read("ApproximateNumberOfMessagesVisible", { QueueName }, "Maximum");
      const queue = { QueueName: "dead-letters" };
      expect([await visible("dead-letters"), await visible("empty")]).toEqual([2, 0]);
      expect(await read("ApproximateNumberOfMessagesNotVisible", queue, "Maximum")).toBe(0);
      await receive();
      expect(await read("ApproximateNumberOfMessagesNotVisible", queue, "Maximum")).toBe(1);
      expect(await read("ApproximateNumberOfMessagesVisible", queue, "Minimum")).toBe(1);
      expect(await read("ApproximateAgeOfOldestMessage", queue, "Maximum")).toBeGreaterThan(0);
      expect(await read("NumberOfMessagesSent", queue, "Sum")).toBe(2);
      const metric = { Namespace: "AWS/SQS", MetricName: "ApproximateNumberOfMessagesVisible" };
      const Dimensions = [{ Name: "QueueName", Value: "dead-letters" }];
      expect(await stateOfAlarm({ ...metric, Dimensions })).toBe("ALARM");
    });

    test("is needed: ministack has no metric of queues", async () => {
      await queueWith(asShipped, "dead-letters", 1);
      expect(await metricsIn(asShipped, "AWS/SQS").names()).toEqual([]);
    });
  });
});
