import { setTimeout as sleep } from "node:timers/promises";
import { PutItemCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../../config/project-folder.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { redrive, type RedrivenEntry } from "../../repair/redrive.ts";
import { deployedNames, deployFunction } from "../support/deployed-function.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { putPair, rowsOf } from "../support/rows.ts";

const T1 = "2026-03-01T10:00:00.000001Z";
const T2 = "2026-03-01T10:00:00.000002Z";
const T3 = "2026-03-01T10:00:00.000003Z";

describeWith(["python"], "redrive, of what the real trigger gave up", () => {
  let aws: EmbeddedAws;
  let deployed: Awaited<ReturnType<typeof deployFunction>>;

  beforeEach(async () => {
    aws = await startEmbeddedAws();
    deployed = await deployFunction(aws);
  });
  afterEach(() => aws.stop());

  const putMessage = async (
    conversation: string,
    time: string,
    attributes: object = { message: "hello" },
  ) => {
    const all = { user_uuid: "a", user_display_name: "A", user_handle: "a", ...attributes };
    const rest = Object.fromEntries(Object.entries(all).map(([name, S]) => [name, { S: S }]));
    await deployed.store.client.send(
      new PutItemCommand({
        TableName: deployed.store.tableName,
        Item: { pk: { S: `MSG#${conversation}` }, sk: { S: time }, ...rest },
      }),
    );
  };
  const rows = (member: string, conversation: string) => rowsOf(deployed.store, member, conversation);
  const isMoved = async (conversation: string, time: string) =>
    (await Promise.all(["a", "b"].map((member) => rows(member, conversation)))).every(
      (theirs) => theirs.join() === `${time} hello`,
    );
  const until = async (what: () => Promise<boolean>) => {
    const deadline = Date.now() + 30_000;
    while (!(await what())) {
      if (Date.now() > deadline) throw new Error("not within 30 seconds");
      await sleep(50);
    }
  };
  const run = async (deleteGone = false) => {
    const entries: RedrivenEntry[] = [];
    await redrive({
      store: deployed.store,
      streams: new DynamoDBStreamsClient(clientSettings(aws)),
      queue: new SQSClient(clientSettings(aws)),
      queueName: deployedNames.deadLetterQueue,
      deleteGone,
      onEntry: (entry) => entries.push(entry),
    });
    return entries;
  };
  /** A conversation without rows is what the function can't move. */
  const givenUpForWantOfRows = async () => {
    await putPair(deployed.store, "good", ["a", "b"], T1);
    await putMessage("good", T2);
    await putMessage("rowless", T2);
    await putMessage("good", T3);
    await deployed.connect({ MaximumRetryAttempts: 1 });
    await until(async () => (await deployed.deadLetters()) === 1 && (await isMoved("good", T3)));
  };

  test("an entry goes once what it touches is right; until then it is kept, and says what is left", async () => {
    await givenUpForWantOfRows();
    const [kept, ...more] = await run();
    expect(more).toEqual([]);
    expect(kept).toMatchObject({
      state: "left",
      deleted: false,
      repairs: [
        {
          conversationUuid: "rowless",
          changes: [],
          left: ["no member has a row of it; its messages are from a"],
        },
      ],
    });
    expect(await deployed.deadLetters()).toBe(1);

    await putPair(deployed.store, "rowless", ["a", "b"], T1);
    expect(await run()).toMatchObject([
      { state: "done", deleted: true, repairs: [{ conversationUuid: "rowless", left: [] }] },
    ]);
    for (const member of ["a", "b"]) expect(await rows(member, "rowless")).toEqual([`${T2} hello`]);
    expect(await deployed.deadLetters()).toBe(0);
    expect(await run()).toEqual([]);
  });

  test("a poison message holds up its own conversation alone, and that only until it is taken away", async () => {
    await putPair(deployed.store, "good", ["a", "b"], T1);
    await putPair(deployed.store, "poisoned", ["c", "d"], T1);
    await putMessage("good", T2);
    await putMessage("poisoned", T2, { message_uuid: "it has no text" });
    await putMessage("good", T3);
    await deployed.connect({ MaximumRetryAttempts: 1 });
    // The good one's last message comes after what is given up.
    await until(async () => (await deployed.deadLetters()) === 1 && (await isMoved("good", T3)));

    const [entry] = await run();
    expect(entry).toMatchObject({ state: "left", deleted: false });
    expect(entry?.repairs.flatMap(({ left }) => left)).toContain(
      `its message of ${T2} is not whole: complete that item, or delete it`,
    );
    await putMessage("poisoned", T2, { message: "whole now", user_uuid: "c" });
    expect(await run()).toMatchObject([{ state: "done", deleted: true }]);
    expect(await rows("d", "poisoned")).toEqual([`${T2} whole now`]);
  });

  test("what the stream no longer has is kept, with the command to run, until that was run", async () => {
    await givenUpForWantOfRows();
    await deployed.store.client.send(
      new UpdateTableCommand({
        TableName: deployed.store.tableName,
        StreamSpecification: { StreamEnabled: false },
      }),
    );
    // A stream that was ended can be read for 24 hours; a queue's entry can name one that is gone.
    const queue = new SQSClient(clientSettings(aws));
    const { QueueUrl } = await queue.send(
      new GetQueueUrlCommand({ QueueName: deployedNames.deadLetterQueue }),
    );
    const gone = {
      DDBStreamBatchInfo: {
        streamArn: `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/${deployed.store.tableName}/stream/2026-01-01T00:00:00.000`,
        shardId: "shardId-00000000000000000000-00000000",
        startSequenceNumber: "100",
        endSequenceNumber: "200",
      },
    };
    for (const MessageBody of [JSON.stringify(gone), "not of the trigger"])
      await queue.send(new SendMessageCommand({ QueueUrl, MessageBody }));

    const command = (...more: string[]) =>
      execa(
        "node",
        ["--import", "./typescript.mjs", "commands/index.ts", "redrive", "--environment", "dev", ...more],
        {
          cwd: projectFolder,
          env: aws.environmentFor(ACCOUNT),
          reject: false,
        },
      );
    const first = await command();
    expect(first).toMatchObject({ exitCode: 1, stderr: "" });
    expect(first.stdout).toContain("3 entries, 3 kept");
    expect(first.stdout).toContain("npm run repair -- --environment dev");
    expect(first.stdout).toContain("LEFT: no member has a row of it");
    expect(first.stdout).not.toContain("hello");
    expect((await run(true)).map(({ state, deleted }) => `${state} ${deleted}`).sort()).toEqual([
      "foreign false",
      "gone true",
      "left false",
    ]);
    expect(await deployed.deadLetters()).toBe(2);
  });
});
