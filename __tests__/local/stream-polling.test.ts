import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createFunction, type MappingSettings, streamReads } from "../support/create-function.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

let aws: EmbeddedAws;
let folder: string;
let made = 0;

describeWith(["python"], "an event source mapping", () => {
  beforeAll(async () => {
    aws = await startEmbeddedAws();
    folder = await mkdtemp(join(tmpdir(), "stream-polling-test-"));
  });

  afterAll(async () => {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const partialResponses = { FunctionResponseTypes: ["ReportBatchItemFailures" as const] };

  /** Lets a function process records and, as the last one, `end`. Returns the stream and the ids of every call. */
  const processed = async (
    body: string,
    ids: string,
    settings: MappingSettings = {},
    where = aws,
    allowed?: string[],
  ) => {
    const stream = await streamInto(body, where, allowed);
    await stream.put(...ids.split(" "));
    await stream.connect(settings);
    await until(() => stream.log().length > 0); // else `end` would be in the first batch
    await stream.put("end");
    await until(() => stream.log().at(-1)?.ids.includes("end") === true);
    return { ...stream, calls: stream.log().map((call) => call.ids.join(" ")) };
  };

  const failUntilEnd = "if (ids[0] !== 'end') throw new Error('no');";
  const partialFailure = "return calls === 1 ? report('e', 'c') : report();";

  test("records that the function reports as failed are retried, from the lowest sequence number on", async () => {
    const { calls } = await processed(partialFailure, "a b c d e", partialResponses);
    expect(calls).toEqual(["a b c d e", "c d e", "end"]);
  });

  test("the correction is needed: ministack loses records that the function reports as failed", async () => {
    const asShipped = await startEmbeddedAws({ without: ["stream-failures"] });
    try {
      const { calls } = await processed(partialFailure, "a b c d e", partialResponses, asShipped);
      expect(calls).toEqual(["a b c d e", "end"]);
    } finally {
      await asShipped.stop();
    }
  });

  test("an empty response means success, an unknown sequence number means failure of the batch", async () => {
    const passing = {
      "empty-list": { batchItemFailures: [] },
      "null-list": { batchItemFailures: null },
      "empty-answer": {},
      "null-answer": null,
    };
    const failing = {
      "empty-identifier": { batchItemFailures: [{ itemIdentifier: "" }] },
      "null-identifier": { batchItemFailures: [{ itemIdentifier: null }] },
      "unknown-identifier": { batchItemFailures: [{ itemIdentifier: "1" }] },
      "bad-key": { batchItemFailures: [{ sequenceNumber: "1" }] },
    };
    const answers = { ...passing, ...failing };
    const settings = { ...partialResponses, BatchSize: 1, MaximumRetryAttempts: 1 };
    const ids = Object.keys(answers).join(" ");
    const { calls } = await processed(`return ${JSON.stringify(answers)}[ids[0]];`, ids, settings);
    expect(calls).toEqual([
      ...Object.keys(passing),
      ...Object.keys(failing).flatMap((id) => [id, id]),
      "end",
    ]);
  });

  test("a report counts only with ReportBatchItemFailures", async () => {
    expect((await processed("return report('b');", "a b")).calls).toEqual(["a b", "end"]);
  });

  test("a batch that exceeds the maximum retries goes to the destination, and the next one is processed", async () => {
    const stream = await processed(failUntilEnd, "a b c", { MaximumRetryAttempts: 2 });
    expect(stream.calls).toEqual(["a b c", "a b c", "a b c", "end"]);
    const sequenceNumbers = stream.sequenceNumbers();
    expect(await stream.givenUp()).toEqual({
      version: "1.0",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestContext: {
        requestId: expect.any(String),
        functionArn: `arn:aws:lambda:ca-central-1:${ACCOUNT}:function:${stream.name}`,
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      DDBStreamBatchInfo: {
        shardId: expect.stringMatching(/^shardId-/),
        startSequenceNumber: sequenceNumbers["a"],
        endSequenceNumber: sequenceNumbers["c"],
        approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        batchSize: 3,
        streamArn: stream.streamArn,
      },
    });
  });

  test("a failed batch is bisected until the failing record is alone; a bisection doesn't count as a retry", async () => {
    const settings = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 };
    const stream = await processed("if (ids.includes('c')) throw new Error('no');", "a b c d e", settings);
    expect(stream.calls).toEqual(["a b c d e", "a b c", "a b", "c", "c", "d e", "end"]);
    await expectGivenUpAlone(stream, "c");
  });

  test("a batch with a reported failure is split at that record", async () => {
    const settings = { ...partialResponses, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 };
    const stream = await processed("return report('c');", "a b c d e", settings);
    expect(stream.calls).toEqual(["a b c d e", "c d e", "c d", "c", "c", "d", "e", "end"]);
    const givenUp = await expectGivenUpAlone(stream, "c");
    expect(givenUp.responseContext).toEqual({ statusCode: 200, executedVersion: "$LATEST" });
  });

  test("records that exceed the maximum age are discarded", async () => {
    const stream = await streamInto(failUntilEnd);
    await stream.put("a", "b");
    await stream.connect({ MaximumRecordAgeInSeconds: 2 });
    const givenUp = await stream.givenUp();
    expect(givenUp.requestContext.condition).toBe("RecordAgeExceeded");
    expect(givenUp.DDBStreamBatchInfo.batchSize).toBe(2);
    // The next one is processed, unless the machine is so busy that it expires, too.
    while (!stream.log().some(({ ids }) => ids.includes("end"))) {
      await stream.put("end");
      await sleep(500);
    }
  });

  test("records of one batching window form one batch", async () => {
    const stream = await streamInto("return;");
    await stream.connect({ MaximumBatchingWindowInSeconds: 1 });
    const before = Date.now();
    await stream.put("a");
    await sleep(100); // the records come apart in time: what the window is for
    await stream.put("b", "end");
    await until(() => stream.log().some(({ ids }) => ids.includes("end")));
    expect(stream.log().map(({ ids }) => ids)).toEqual([["a", "b", "end"]]);
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
  });

  test("batches of one shard run concurrently, with the records of each key in order", async () => {
    // The first call waits for a second one beside it.
    const stream = await streamInto(`
      const begun = Date.now();
      const calledOnce = () => readFileSync(logFile, "utf8").trimEnd().split("\\n").length === 1;
      do await new Promise((resolve) => setTimeout(resolve, 50));
      while (calls === 1 && calledOnce() && Date.now() < begun + 5000);`);
    const keys = ["a", "b", "c", "d", "e", "f"];
    for (let version = 0; version < 3; version += 1) await stream.put(...keys);
    await stream.connect({ ParallelizationFactor: 4, BatchSize: 1 });
    await until(() => stream.log().length === 18);
    const log = stream.log();
    for (const key of keys) {
      const versions = log.filter(({ ids }) => ids[0] === key).map(({ versions: [version] }) => version);
      expect(versions).toEqual([...versions].sort((a, b) => Number(a) - Number(b)));
    }
    const [first = 0, second = 0] = log.map(({ at }) => at);
    expect(second - first).toBeLessThan(5000);
  });

  test("a slow function doesn't delay other mappings", async () => {
    const slow = await streamInto("await new Promise((resolve) => setTimeout(resolve, 6000));");
    const quick = await streamInto("return;");
    await slow.connect();
    await quick.connect();
    await slow.put("a");
    await until(() => slow.log().length === 1);
    const begun = Date.now();
    await quick.put("b");
    await until(() => quick.log().length === 1);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  test("a batch fails if the function's process is killed", async () => {
    const { calls } = await processed("if (calls === 1) process.kill(process.pid, 'SIGKILL');", "a b");
    expect(calls).toEqual(["a b", "a b", "end"]);
  });

  test("sending to the destination needs a permission of the function's role", async () => {
    const settings = { MaximumRetryAttempts: 0 };
    const { name, calls } = await processed(failUntilEnd, "a", settings, aws, []);
    expect(calls).toEqual(["a", "end"]);
    const denied = new RegExp(`on-failure destination .*:${name}: .*AccessDenied.*sqs:SendMessage`, "i");
    await until(() => denied.test(readFileSync(aws.logFile, "utf8")));
  });
});

interface GivenUp {
  requestContext: { condition: string };
  responseContext?: unknown;
  DDBStreamBatchInfo: { batchSize: number };
}

interface Call {
  at: number;
  ids: string[];
  versions: string[];
  sequenceNumbers: string[];
}

type Stream = Awaited<ReturnType<typeof streamInto>>;

/**
 * Creates a table with a stream, a function and a dead-letter queue, without an event source mapping.
 *
 * @param body of the function, which can use the records' `ids`, the number of `calls` so far, and `report(...ids)`,
 * which returns a partial batch response
 * @param allowed actions that its role may do, in addition to reading the stream
 */
async function streamInto(body: string, where = aws, allowed = ["sqs:SendMessage"]) {
  const name = `stream-${(made += 1)}`;
  const logFile = join(folder, name);
  const sqs = new SQSClient(clientSettings(where));
  const { client, streamArn } = await createMessagesTable(where, name);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { connect } = await createFunction(where, name, functionSource(logFile, body), {
    allowed: [...streamReads, ...allowed],
  });

  let version = 0;
  const put = async (...ids: string[]) => {
    for (const id of ids) {
      const Item = { pk: { S: id }, sk: { S: "only" }, version: { N: String((version += 1)) } };
      await client.send(new PutItemCommand({ TableName: name, Item }));
    }
  };
  const log = (): Call[] => {
    const text = existsSync(logFile) ? readFileSync(logFile, "utf8") : "";
    const wholeLines = text.split("\n").slice(0, -1); // the last one may be half written
    return wholeLines.map((line) => JSON.parse(line) as Call);
  };
  return {
    name,
    streamArn,
    put,
    log,
    sequenceNumbers: () =>
      Object.fromEntries(
        log().flatMap((call) => call.ids.map((id, place) => [id, call.sequenceNumbers[place]])),
      ),
    connect: (settings: MappingSettings = {}) =>
      connect(streamArn, {
        DestinationConfig: { OnFailure: { Destination: `arn:aws:sqs:ca-central-1:${ACCOUNT}:${name}` } },
        ...settings,
      }),
    givenUp: async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
      return JSON.parse(Messages?.[0]?.Body ?? "null") as GivenUp;
    },
  };
}

function functionSource(logFile: string, body: string): string {
  return `
    const { appendFileSync, existsSync, readFileSync } = require("node:fs");
    const logFile = ${JSON.stringify(logFile)};
    exports.handler = async ({ Records }) => {
      const ids = Records.map((record) => record.dynamodb.Keys.pk.S);
      const versions = Records.map((record) => record.dynamodb.NewImage.version.N);
      const sequenceNumbers = Records.map((record) => record.dynamodb.SequenceNumber);
      appendFileSync(logFile, JSON.stringify({ at: Date.now(), ids, versions, sequenceNumbers }) + "\\n");
      const calls = readFileSync(logFile, "utf8").trimEnd().split("\\n").length;
      const report = (...failed) => ({
        batchItemFailures: failed.filter((id) => ids.includes(id))
          .map((id) => ({ itemIdentifier: sequenceNumbers[ids.indexOf(id)] })),
      });
      ${body}
    };`;
}

async function expectGivenUpAlone(stream: Stream, id: string): Promise<GivenUp> {
  const givenUp = await stream.givenUp();
  const sequenceNumber = stream.sequenceNumbers()[id];
  expect(givenUp.DDBStreamBatchInfo).toMatchObject({
    startSequenceNumber: sequenceNumber,
    endSequenceNumber: sequenceNumber,
    batchSize: 1,
  });
  return givenUp;
}
