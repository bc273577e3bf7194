import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { moveConversation, type RowsByMember, type RowStore } from "../../messaging/move-conversation.ts";
import { createMessagesTable } from "../support/messages-table.ts";
import { recording } from "../support/recording-client.ts";
import { describeWith } from "../support/requirements.ts";
import { putPair, putRow, rowsOf } from "../support/rows.ts";
import { textOf } from "../support/stream-records.ts";
import { type StaleIndex, unreliable } from "../support/unreliable-client.ts";

const at = (n: number) => `2026-03-01T10:00:00.00000${n}Z`;
const [T1, T2, T3, T4, T5] = [at(1), at(2), at(3), at(4), at(5)] as const;

interface MoveOptions {
  readonly sender?: string;
  readonly client?: DynamoDBClient;
  readonly known?: RowsByMember;
}

describeWith(["python"], "moving a conversation", () => {
  let aws: EmbeddedAws;
  let store: RowStore;
  let count = 0;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    store = await createMessagesTable(aws, "messages");
  });
  afterAll(() => aws.stop());

  const message = (conversation: string, sender: string, createdAt: string) => ({
    conversationUuid: conversation,
    createdAt,
    text: textOf(createdAt),
    senderUuid: sender,
  });
  const rowAt = (time: string) => `${time} ${textOf(time)}`;

  /** Creates a conversation of two members, with a unique name and their rows at a time. */
  const begin = async (time = T1) => {
    count += 1;
    const [conversation, a, b] = [`c${count}`, `a${count}`, `b${count}`] as const;
    await putPair(store, conversation, [a, b], time);
    return {
      conversation,
      a,
      b,
      /** Moves the conversation to a message; of the first member, through the real client, unless said otherwise. */
      moveTo: (time: string, { sender = a, client = store.client, known }: MoveOptions = {}) =>
        moveConversation({ ...store, client }, message(conversation, sender, time), known),
      rows: async () => [await rowsOf(store, a, conversation), await rowsOf(store, b, conversation)],
    };
  };
  const bothAt = (time: string) => [[rowAt(time)], [rowAt(time)]];
  /** A client that sees a stale index. */
  const withIndex = (stale: StaleIndex) => unreliable(store.client, () => undefined, stale);
  /** An index that shows the same rows as at its first query. */
  const behind: StaleIndex = (now, [first]) => first ?? now;

  test("every member's row gets the message's time and text", async () => {
    const { moveTo, rows } = await begin();
    expect(await moveTo(T2)).toMatchObject({ written: 2 });
    expect(await rows()).toEqual(bothAt(T2));
  });

  test("a repeated move, or one to an older message, changes nothing", async () => {
    const { moveTo, rows } = await begin(T2);
    for (const time of [T2, T1]) expect(await moveTo(time)).toMatchObject({ written: 0 });
    expect(await rows()).toEqual(bothAt(T2));
  });

  test("a duplicate row of a member is removed, whether or not the newest row moves", async () => {
    const { conversation, a, b, moveTo, rows } = await begin();
    await putRow(store, { conversation, member: a, other: b, time: T2 });
    await moveTo(T1);
    expect(await rows()).toEqual([[rowAt(T2)], [rowAt(T1)]]);
    await putRow(store, { conversation, member: a, other: b, time: T1 });
    await moveTo(T3, { sender: b });
    expect(await rows()).toEqual(bothAt(T3));
  });

  test("a hundred duplicate rows are removed", async () => {
    const { conversation, a, b, moveTo, rows } = await begin();
    for (let second = 10; second < 60; second++)
      for (const fraction of ["1", "2"]) {
        const time = `2026-02-01T10:00:${second}.${fraction}Z`;
        await putRow(store, { conversation, member: a, other: b, time });
      }
    await moveTo(T2);
    expect(await rows()).toEqual(bothAt(T2));
  });

  test("a conversation with more members than fit into one transaction is moved", async () => {
    const conversation = "of-120";
    const everyone = Array.from({ length: 120 }, (_, index) => `${conversation}-${index}`);
    for (const [index, member] of everyone.entries())
      await putRow(store, { conversation, member, other: everyone[index ? 0 : 1] ?? "", time: T1, everyone });
    expect(await moveConversation(store, message(conversation, `${conversation}-7`, T2))).toMatchObject({
      written: 120,
    });
    for (const member of everyone) expect(await rowsOf(store, member, conversation)).toEqual([rowAt(T2)]);
  });

  test("a stale index with old, missing or no rows doesn't matter", async () => {
    const { b, moveTo, rows } = await begin();
    const client = withIndex(behind);
    await moveTo(T2, { client });
    await moveTo(T3, { client, sender: b });
    expect(await rows()).toEqual(bothAt(T3));
    for (const [time, stale] of [
      [T4, (now) => now.slice(0, 1)],
      [T5, () => []],
    ] as [string, StaleIndex][]) {
      await moveTo(time, { client: withIndex(stale) });
      expect(await rows()).toEqual(bothAt(time));
    }
  });

  test("a stale index doesn't revert a changed display name", async () => {
    const { a, b, moveTo } = await begin();
    const client = withIndex(behind);
    await moveTo(T1, { client });
    await store.client.send(
      new UpdateItemCommand({
        TableName: store.tableName,
        Key: { pk: { S: `GRP#${a}` }, sk: { S: T1 } },
        UpdateExpression: "SET user_display_name = :name",
        ExpressionAttributeValues: { ":name": { S: "Renamed" } },
      }),
    );
    const { rows } = await moveTo(T2, { client, sender: b });
    expect(rows.get(a)?.map((row) => row["user_display_name"]?.S)).toEqual(["Renamed"]);
  });

  test("known rows save the index query; rows that moved since are read again", async () => {
    const { moveTo, rows } = await begin();
    const { rows: known } = await moveTo(T2);
    await moveTo(T3);
    const { client, calls } = recording(store.client);
    await moveTo(T4, { client, known });
    expect(calls.map((call) => call.constructor.name)).toEqual([
      "TransactWriteItemsCommand",
      "QueryCommand",
      "QueryCommand",
      "TransactWriteItemsCommand",
    ]);
    expect(await rows()).toEqual(bothAt(T4));
  });

  test("a conversation without rows is an error, and nothing is written", async () => {
    await expect(moveConversation(store, message("nowhere", "nobody", T1))).rejects.toMatchObject({
      name: "ConversationNotFoundError",
    });
    expect(await rowsOf(store, "nobody", "nowhere")).toEqual([]);
  });

  test("a row of another conversation with the same sort key is not overwritten", async () => {
    const { a, moveTo, rows } = await begin();
    await putPair(store, "another", [a, "x"], T2);
    await expect(moveTo(T2)).rejects.toMatchObject({ name: "RowTakenError" });
    expect(await rowsOf(store, a, "another")).toEqual([rowAt(T2)]);
    expect(await rows()).toEqual(bothAt(T1));
    await moveTo(T3);
    expect(await rows()).toEqual(bothAt(T3));
  });

  test("after thirty concurrent moves, each member has one row at the newest message", async () => {
    const { moveTo, rows } = await begin();
    const times = Array.from({ length: 30 }, (_, index) => `2026-03-02T10:00:00.0000${index + 10}Z`);
    await Promise.allSettled(times.map((time) => moveTo(time)));
    const newest = "2026-03-02T10:00:00.000039Z";
    await moveTo(newest);
    expect(await rows()).toEqual(bothAt(newest));
  });
});
