import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { redrive, type RedrivenEntry } from "../../repair/redrive.ts";
import { deployedNames, deployFunction } from "../support/deployed-function.ts";
import { useTestEnvironments } from "../support/environments.ts";
import { clientSettings } from "../support/messages-table.ts";
import { copySources, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";
import { putPair, rowsOf } from "../support/rows.ts";

const T1 = "2026-03-01T10:00:00.000001Z";
const T2 = "2026-03-01T10:00:00.000002Z";
const T3 = "2026-03-01T10:00:00.000003Z";

describeWith(["python"], "redrive, of what the real trigger gave up", () => {
  const folder = mkdtempSync(join(tmpdir(), "redrive-test-"));
  let aws: EmbeddedAws;
  let rowless: Deployed;
  let poisoned: Deployed;
  let ended: Deployed;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    [rowless, poisoned, ended] = await Promise.all([
      deployInto(aws, "111111111111"),
      deployInto(aws, "222222222222"),
      deployInto(aws, "333333333333"),
    ]);
    await Promise.all([
      giveUp(rowless, "rowless"),
      giveUp(poisoned, "poisoned", T3),
      giveUp(ended, "rowless"),
    ]);
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  /** Makes the trigger give up one conversation: without rows, it can't be moved. It may have an incomplete message, too. */
  const giveUp = async (deployed: Deployed, conversation: string, incompleteAt?: string) => {
    const { store, putMessage, giveUpOne } = deployed;
    await putPair(store, "good", ["a", "b"], T1);
    await putMessage("good", T2);
    await putMessage(conversation, T2);
    if (incompleteAt !== undefined)
      await putMessage(conversation, incompleteAt, { message_uuid: "it has no text" });
    await putMessage("good", T3);
    await giveUpOne();
  };

  test("an entry goes once what it touches is right; until then it is kept, and says what is left", async () => {
    const { store, run, rows, deadLetters } = rowless;
    const [kept, ...more] = await run();
    expect(more).toEqual([]);
    const left = ["no member has a row of it; its members and senders are a"];
    expect(kept).toMatchObject({
      state: "left",
      deleted: false,
      repairs: [{ conversationUuid: "rowless", changes: [], left }],
    });
    expect(await deadLetters()).toBe(1);

    await putPair(store, "rowless", ["a", "b"], T1);
    expect(await run()).toMatchObject([
      { state: "done", deleted: true, repairs: [{ conversationUuid: "rowless", left: [] }] },
    ]);
    for (const member of ["a", "b"]) expect(await rows(member, "rowless")).toEqual([`${T2} hello`]);
    expect(await deadLetters()).toBe(0);
    expect(await run()).toEqual([]);
  });

  test("an incomplete message is named, until it is completed", async () => {
    const { store, putMessage, run, rows } = poisoned;
    await putPair(store, "poisoned", ["a", "d"], T1);
    const [entry] = await run();
    expect(entry).toMatchObject({ state: "left", deleted: false });
    expect(entry?.repairs.flatMap(({ left }) => left)).toContain(
      `its message of ${T3} is not usable (no message): mend that item, or delete it`,
    );
    await putMessage("poisoned", T3, { message: "whole now" });
    expect(await run()).toMatchObject([{ state: "done", deleted: true }]);
    expect(await rows("d", "poisoned")).toEqual([`${T3} whole now`]);
  });

  test("what the stream no longer has is kept, with the command to run, until that was run", async () => {
    const { account, store, queue, run, deadLetters } = ended;
    await store.client.send(
      new UpdateTableCommand({ TableName: store.tableName, StreamSpecification: { StreamEnabled: false } }),
    );
    // A stream that was ended can be read for 24 hours; a queue's entry can name one that is gone.
    const QueueName = deployedNames.deadLetterQueue;
    const { QueueUrl } = await queue.send(new GetQueueUrlCommand({ QueueName }));
    const gone = {
      DDBStreamBatchInfo: {
        streamArn: `arn:aws:dynamodb:ca-central-1:${account}:table/${store.tableName}/stream/2026-01-01T00:00:00.000`,
        shardId: "shardId-00000000000000000000-00000000",
        startSequenceNumber: "100",
        endSequenceNumber: "200",
      },
    };
    for (const MessageBody of [JSON.stringify(gone), "not of the trigger"])
      await queue.send(new SendMessageCommand({ QueueUrl, MessageBody }));

    copySources(folder);
    useTestEnvironments(folder);
    const env = aws.environmentFor(account);
    const first = await runIn(folder, ["redrive", "--environment", "dev"], { env });
    expect(first).toMatchObject({ exitCode: 1, stderr: "" });
    expect(first.stdout).toContain("3 entries, 3 kept");
    expect(first.stdout).toContain("npm run repair -- --environment dev");
    expect(first.stdout).toContain("LEFT: no member has a row of it");
    expect(first.stdout).not.toContain("hello");
    const outcomes = (await run(true)).map(({ state, deleted }) => [state, deleted]);
    expect(Object.fromEntries(outcomes)).toEqual({ foreign: false, gone: true, left: false });
    expect(await deadLetters()).toBe(2);
  });
});

type Deployed = Awaited<ReturnType<typeof deployInto>>;

/** Deploys the function into an account of its own, not yet connected to the stream. */
async function deployInto(aws: EmbeddedAws, account: string) {
  const { store, connect, deadLetters } = await deployFunction(aws, account);
  const queue = new SQSClient(clientSettings(aws, account));
  // In the embedded AWS there is one server to ask.
  queue.middlewareStack.add(
    (next) => (call) =>
      next(
        "WaitTimeSeconds" in call.input ? { ...call, input: { ...call.input, WaitTimeSeconds: 0 } } : call,
      ),
    { step: "initialize", name: "dontWait" },
  );
  const rows = (member: string, conversation: string) => rowsOf(store, member, conversation);
  const isMoved = async (conversation: string, time: string) =>
    (await Promise.all(["a", "b"].map((member) => rows(member, conversation)))).every(
      (theirs) => theirs.join() === `${time} hello`,
    );
  return {
    account,
    store,
    queue,
    rows,
    deadLetters,
    putMessage: async (conversation: string, time: string, attributes: object = { message: "hello" }) => {
      const sender = { user_uuid: "a", user_display_name: "A", user_handle: "a" };
      const Item = { pk: `MSG#${conversation}`, sk: time, ...sender, ...attributes };
      await store.table.client.send(new PutCommand({ TableName: store.tableName, Item }));
    },
    /** Connects the function, and waits until it gave up one batch and moved the good conversation after that. */
    giveUpOne: async () => {
      await connect({ MaximumRetryAttempts: 1 });
      const deadline = Date.now() + 30_000;
      while ((await deadLetters()) !== 1 || !(await isMoved("good", T3))) {
        if (Date.now() > deadline) throw new Error("not within 30 seconds");
        await sleep(50);
      }
    },
    run: async (deleteGone = false) => {
      const entries: RedrivenEntry[] = [];
      await redrive({
        store,
        streams: new DynamoDBStreamsClient(clientSettings(aws, account)),
        queue,
        queueName: deployedNames.deadLetterQueue,
        deleteGone,
        onEntry: (entry) => entries.push(entry),
      });
      return entries;
    },
  };
}
