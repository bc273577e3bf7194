import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { moveConversation, type RowStore } from "../../messaging/move-conversation.ts";
import { createMessagesTable } from "../support/messages-table.ts";
import { recording } from "../support/recording-client.ts";
import { describeWith } from "../support/requirements.ts";
import { putPair, putRow, rowsOf } from "../support/rows.ts";
import { unreliable } from "../support/unreliable-client.ts";

const T1 = "2026-03-01T10:00:00.000001Z";
const T2 = "2026-03-01T10:00:00.000002Z";
const T3 = "2026-03-01T10:00:00.000003Z";

describeWith(["python"], "moving a conversation", () => {
  let aws: EmbeddedAws;
  let store: RowStore;
  let count = 0;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    store = await createMessagesTable(aws, "messages");
  });
  afterAll(() => aws.stop());

  /** Unique names of a conversation and its two members. */
  const fresh = () => {
    count += 1;
    return { conversation: `c${count}`, a: `a${count}`, b: `b${count}` };
  };
  const message = (conversation: string, sender: string, createdAt: string) => ({
    conversationUuid: conversation,
    createdAt,
    text: `text of ${createdAt}`,
    senderUuid: sender,
  });

  test("every member's row gets the message's time and text", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T1);
    expect(await moveConversation(store, message(conversation, a, T2))).toMatchObject({ written: 2 });
    for (const member of [a, b])
      expect(await rowsOf(store, member, conversation)).toEqual([`${T2} text of ${T2}`]);
  });

  test("a repeated move, or one to an older message, changes nothing", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T2);
    for (const time of [T2, T1])
      expect(await moveConversation(store, message(conversation, a, time))).toMatchObject({ written: 0 });
    for (const member of [a, b])
      expect(await rowsOf(store, member, conversation)).toEqual([`${T2} text of ${T2}`]);
  });

  test("a duplicate row of a member is removed, whether or not the newest row moves", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T1);
    await putRow(store, { conversation, member: a, other: b, time: T2 });
    await moveConversation(store, message(conversation, a, T1));
    expect(await rowsOf(store, a, conversation)).toEqual([`${T2} text of ${T2}`]);
    await putRow(store, { conversation, member: a, other: b, time: T1 });
    await moveConversation(store, message(conversation, b, T3));
    for (const member of [a, b])
      expect(await rowsOf(store, member, conversation)).toEqual([`${T3} text of ${T3}`]);
  });

  test("a hundred duplicate rows are removed", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T1);
    for (let second = 10; second < 60; second++)
      for (const fraction of ["1", "2"])
        await putRow(store, {
          conversation,
          member: a,
          other: b,
          time: `2026-02-01T10:00:${second}.${fraction}Z`,
        });
    await moveConversation(store, message(conversation, a, T2));
    expect(await rowsOf(store, a, conversation)).toEqual([`${T2} text of ${T2}`]);
  });

  test("a conversation with more members than fit into one transaction is moved", async () => {
    const { conversation } = fresh();
    const everyone = Array.from({ length: 120 }, (_, index) => `${conversation}-${index}`);
    for (const [index, member] of everyone.entries())
      await putRow(store, { conversation, member, other: everyone[index ? 0 : 1] ?? "", time: T1, everyone });
    expect(await moveConversation(store, message(conversation, everyone[7] ?? "", T2))).toMatchObject({
      written: 120,
    });
    for (const member of everyone)
      expect(await rowsOf(store, member, conversation)).toEqual([`${T2} text of ${T2}`]);
  });

  test("a stale index with old, missing or no rows doesn't matter", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T1);
    const seen = { client: store.client, tableName: store.tableName };
    const behind = unreliable(
      store.client,
      () => undefined,
      (now, [first]) => first ?? now,
    );
    await moveConversation({ ...seen, client: behind }, message(conversation, a, T2));
    await moveConversation({ ...seen, client: behind }, message(conversation, b, T3));
    for (const member of [a, b])
      expect(await rowsOf(store, member, conversation)).toEqual([`${T3} text of ${T3}`]);

    const later = "2026-03-01T10:00:00.000004Z";
    const half = unreliable(
      store.client,
      () => undefined,
      (now) => now.slice(0, 1),
    );
    await moveConversation({ ...seen, client: half }, message(conversation, a, later));
    const blind = unreliable(
      store.client,
      () => undefined,
      () => [],
    );
    const last = "2026-03-01T10:00:00.000005Z";
    await moveConversation({ ...seen, client: blind }, message(conversation, a, last));
    for (const member of [a, b])
      expect(await rowsOf(store, member, conversation)).toEqual([`${last} text of ${last}`]);
  });

  test("a stale index doesn't revert a changed display name", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T1);
    const behind = unreliable(
      store.client,
      () => undefined,
      (now, [first]) => first ?? now,
    );
    const reader = { client: behind, tableName: store.tableName };
    await moveConversation(reader, message(conversation, a, T1));
    await store.client.send(
      new UpdateItemCommand({
        TableName: store.tableName,
        Key: { pk: { S: `GRP#${a}` }, sk: { S: T1 } },
        UpdateExpression: "SET user_display_name = :name",
        ExpressionAttributeValues: { ":name": { S: "Renamed" } },
      }),
    );
    const { rows } = await moveConversation(reader, message(conversation, b, T2));
    expect(rows.get(a)?.map((row) => row["user_display_name"]?.S)).toEqual(["Renamed"]);
  });

  test("known rows save the index query; rows that moved since are read again", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T1);
    const { rows } = await moveConversation(store, message(conversation, a, T2));
    await moveConversation(store, message(conversation, b, T3));
    const { client, calls } = recording(store.client);
    const later = "2026-03-01T10:00:00.000004Z";
    await moveConversation({ client, tableName: store.tableName }, message(conversation, a, later), rows);
    expect(calls.map((call) => call.constructor.name)).toEqual([
      "TransactWriteItemsCommand",
      "QueryCommand",
      "QueryCommand",
      "TransactWriteItemsCommand",
    ]);
    for (const member of [a, b])
      expect(await rowsOf(store, member, conversation)).toEqual([`${later} text of ${later}`]);
  });

  test("a conversation without rows is an error, and nothing is written", async () => {
    const { conversation, a } = fresh();
    await expect(moveConversation(store, message(conversation, a, T1))).rejects.toMatchObject({
      name: "ConversationNotFoundError",
    });
    expect(await rowsOf(store, a, conversation)).toEqual([]);
  });

  test("a row of another conversation with the same sort key is not overwritten", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T1);
    await putPair(store, "another", [a, "x"], T2);
    await expect(moveConversation(store, message(conversation, b, T2))).rejects.toMatchObject({
      name: "RowTakenError",
    });
    expect(await rowsOf(store, a, "another")).toEqual([`${T2} text of ${T2}`]);
    expect(await rowsOf(store, a, conversation)).toEqual([`${T1} text of ${T1}`]);
    await moveConversation(store, message(conversation, b, T3));
    expect(await rowsOf(store, a, conversation)).toEqual([`${T3} text of ${T3}`]);
  });

  test("after thirty concurrent moves, each member has one row at the newest message", async () => {
    const { conversation, a, b } = fresh();
    await putPair(store, conversation, [a, b], T1);
    const times = Array.from({ length: 30 }, (_, index) => `2026-03-02T10:00:00.0000${index + 10}Z`);
    await Promise.allSettled(times.map((time) => moveConversation(store, message(conversation, a, time))));
    await moveConversation(store, message(conversation, a, times.at(-1) ?? ""));
    for (const member of [a, b])
      expect(await rowsOf(store, member, conversation)).toEqual([
        `${times.at(-1) ?? ""} text of ${times.at(-1) ?? ""}`,
      ]);
  });
});
