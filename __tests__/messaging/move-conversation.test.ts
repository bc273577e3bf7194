import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { inboxKey, membersKey } from "../../messaging/items.ts";
import {
  type KnownRows,
  moveConversation,
  type MoveResult,
  moveToNewest,
} from "../../messaging/move-conversation.ts";
import type { Row, RowStore } from "../../messaging/read-rows.ts";
import { createMessagesTable } from "../support/messages-table.ts";
import { recording } from "../support/recording-client.ts";
import { describeWith } from "../support/requirements.ts";
import { putMembers, putMessage, putPair, putRow, rowsOf } from "../support/rows.ts";
import { recordOf, textOf } from "../support/stream-records.ts";
import { type StaleIndex, unreliable } from "../support/unreliable-client.ts";

const at = (n: number) => `2026-03-01T10:00:00.00000${n}Z`;
const [T1, T2, T3, T4, T5] = [at(1), at(2), at(3), at(4), at(5)] as const;

interface MoveOptions {
  readonly sender?: string;
  readonly client?: DynamoDBClient;
  readonly known?: KnownRows;
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

  /** What a move left, as known rows. */
  const current = ({ rows }: MoveResult): KnownRows => ({ rows, probablyCurrent: true });
  const namesOf = (calls: readonly object[]) => calls.map((call) => call.constructor.name);
  const [TRANSACTION, QUERY] = ["TransactWriteItemsCommand", "QueryCommand"];
  const rowItems = async (member: string): Promise<Row[]> => {
    const query = {
      TableName: store.tableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :inbox",
      ExpressionAttributeValues: { ":inbox": { S: inboxKey(member) } },
    };
    return (await store.client.send(new QueryCommand(query))).Items ?? [];
  };
  const deleteRow = (member: string, time: string) =>
    store.client.send(
      new DeleteItemCommand({
        TableName: store.tableName,
        Key: { pk: { S: inboxKey(member) }, sk: { S: time } },
      }),
    );

  test("rows that are probably current save the index query; those that moved on are found in the index", async () => {
    const { moveTo, rows } = await begin();
    const known = current(await moveTo(T2));
    await moveTo(T3);
    const { client, calls } = recording(store.client);
    expect(await moveTo(T4, { client, known })).toMatchObject({ foundAsKnown: false });
    expect(namesOf(calls.splice(0))).toEqual([TRANSACTION, QUERY, TRANSACTION]);
    expect(await moveTo(T5, { client, known: current(await moveTo(T4)) })).toMatchObject({
      foundAsKnown: true,
    });
    expect(namesOf(calls)).toEqual([TRANSACTION]);
    expect(await rows()).toEqual(bothAt(T5));
  });

  test("where the index is behind too, only the inboxes' rows from the known one on are read", async () => {
    const { a, b, conversation, moveTo, rows } = await begin();
    const client = withIndex(behind);
    await moveTo(T2, { client });
    const { rows: known } = await moveTo(T3);
    await moveTo(T4);
    const { client: recorded, calls } = recording(client);
    await moveTo(T5, { client: recorded, known: { rows: known, probablyCurrent: false } });
    expect(namesOf(calls)).toEqual([QUERY, TRANSACTION, QUERY, QUERY, TRANSACTION]);
    const reads = calls.flatMap((call) => (call instanceof QueryCommand ? call.input : []));
    expect(reads.slice(1).map(({ ExpressionAttributeValues: values }) => values)).toEqual(
      [a, b].map((member) => ({
        ":inbox": { S: inboxKey(member) },
        ":from": { S: T3 },
        ":conversation": { S: conversation },
      })),
    );
    expect(await rows()).toEqual(bothAt(T5));
  });

  test("a second row that the index shows alone goes with the row that it doesn't show", async () => {
    const { conversation, a, b, moveTo, rows } = await begin(T2);
    await putRow(store, { conversation, member: a, other: b, time: T1 });
    await moveTo(T3, {
      client: withIndex((now) => now.filter((row) => row["sk"]?.S !== T2 || row["pk"]?.S !== inboxKey(a))),
    });
    expect(await rows()).toEqual(bothAt(T3));
  });

  test("a member without a row is looked for once, not in the whole inbox, and then counted out", async () => {
    const { a, b, moveTo } = await begin();
    await moveTo(T2);
    await deleteRow(b, T2);
    const { client, calls } = recording(store.client);
    for (const time of [T3, T4]) await moveTo(time, { client });
    expect(namesOf(calls)).toEqual([QUERY, QUERY, TRANSACTION, QUERY, TRANSACTION]);
    const [, inbox] = calls;
    expect(inbox).toMatchObject({ input: { ExpressionAttributeValues: { ":from": { S: T2 } } } });
    expect(await rowItems(a)).toMatchObject([{ sk: { S: T4 }, member_count: { N: "1" } }]);
    expect(await rowItems(b)).toEqual([]);
  });

  test("a member who comes while a move is under way is moved too, and put on the list", async () => {
    const { conversation, a, b, moveTo, rows } = await begin();
    const known = current(await moveTo(T2));
    const c = `${conversation}-c`;
    await putRow(store, { conversation, member: c, other: a, time: T2, everyone: [a, b, c] });
    await moveToNewestWith(conversation, c, T2);
    const { client, calls } = recording(
      withIndex((now) => now.filter((row) => row["pk"]?.S !== inboxKey(c))),
    );
    await moveTo(T3, { client, known });
    expect(namesOf(calls)).toEqual([TRANSACTION, QUERY, QUERY, QUERY, QUERY, QUERY, TRANSACTION]);
    expect(await rows()).toEqual(bothAt(T3));
    expect(await rowsOf(store, c, conversation)).toEqual([rowAt(T3)]);
  });

  /** As the function does when it reads the record of a row. */
  const moveToNewestWith = (conversation: string, member: string, time: string, newest = T2) =>
    moveToNewest(store, conversation, new Map([[member, time]]), message(conversation, member, newest));

  test("a row that appears behind the newest message is moved to it; without a message, nothing happens", async () => {
    const { conversation, a, b, moveTo, rows } = await begin();
    await moveTo(T3);
    await deleteRow(b, T3);
    await putRow(store, { conversation, member: b, other: a, time: T1 });
    const appeared = new Map([[b, T1]]);
    expect(await moveToNewest(store, conversation, appeared)).toBeUndefined();
    await putMessage(store, recordOf({ conversation, sender: a, time: T3 }, ""));
    // A message in the future, which was refused, moves nothing.
    const future = new Date(Date.now() + 600_000).toISOString();
    await putMessage(store, recordOf({ conversation, sender: a, time: future }, ""));
    await moveToNewest(store, conversation, appeared);
    expect(await rows()).toEqual(bothAt(T3));
  });

  test("a row that appears while others move the conversation on is moved to the message that they moved to", async () => {
    const { conversation, a, b, moveTo, rows } = await begin();
    await moveTo(T2);
    const c = `${conversation}-c`;
    await putRow(store, { conversation, member: c, other: a, time: T1 });
    await putMessage(store, recordOf({ conversation, sender: a, time: T2 }, ""));
    let isFirst = true;
    const overtaking = recording(store.client, async (call) => {
      if (!(call instanceof TransactWriteItemsCommand) || !isFirst) return;
      isFirst = false;
      await putMessage(store, recordOf({ conversation, sender: b, time: T3 }, ""));
      await moveTo(T3, { client: withIndex((now) => now.filter((row) => row["pk"]?.S !== inboxKey(c))) });
    });
    await moveToNewest({ ...store, client: overtaking.client }, conversation, new Map([[c, T1]]));
    expect(await rows()).toEqual(bothAt(T3));
    expect(await rowsOf(store, c, conversation)).toEqual([rowAt(T3)]);
  });

  describe("in a conversation of twenty", () => {
    const longText = "A text that is so long that no row takes it whole. ".repeat(100);

    test.each(["as they were before", "as they are now"])(
      "rows %s move, within one kilobyte each",
      async (kind) => {
        const conversation = kind.replaceAll(" ", "-");
        const everyone = Array.from({ length: 20 }, (_, index) => `${conversation}-0000-0000-0000-${index}`);
        const isOfBefore = kind.includes("before");
        for (const [index, member] of everyone.entries())
          await putRow(store, {
            conversation,
            member,
            other: everyone[index ? 0 : 1] ?? "",
            time: T1,
            ...(isOfBefore ? { everyone } : { memberCount: 20 }),
          });
        if (!isOfBefore) await putMembers(store, conversation, everyone);
        // The index shows three of them.
        const client = withIndex((now) => now.slice(0, 3));
        const to = (time: string) => ({ ...message(conversation, everyone[7] ?? "", time), text: longText });
        for (const time of [T2, T3]) await moveConversation({ ...store, client }, to(time));
        for (const member of everyone) {
          const [row, ...more] = await rowItems(member);
          expect(more).toEqual([]);
          expect(row).toMatchObject({ sk: { S: T3 }, member_count: { N: "20" } });
          expect(row).not.toHaveProperty("member_uuids");
          expect(JSON.stringify(row).length).toBeLessThan(1_200);
        }
        const [list] = await itemsOf(membersKey(conversation));
        expect(list?.["member_uuids"]?.SS?.sort()).toEqual([...everyone].sort());
      },
    );
  });

  const itemsOf = async (pk: string) => {
    const values = { ":pk": { S: pk } };
    const query = { TableName: store.tableName, KeyConditionExpression: "pk = :pk" };
    const { Items } = await store.client.send(
      new QueryCommand({ ...query, ExpressionAttributeValues: values }),
    );
    return Items ?? [];
  };

  test("a member whose row was lost before the others gave up their lists is on the list", async () => {
    const { conversation, a, b, moveTo } = await begin();
    const lost = `${conversation}-lost`;
    const everyone = [a, b, lost];
    for (const [member, other] of [
      [a, b],
      [b, a],
    ] as const)
      await putRow(store, { conversation, member, other, time: T1, everyone });
    await moveTo(T2);
    const [list] = await itemsOf(membersKey(conversation));
    expect(list?.["member_uuids"]?.SS?.sort()).toEqual([...everyone].sort());
  });

  test("a row with very many attributes keeps them all", async () => {
    const { a, moveTo } = await begin();
    const attributes = Array.from({ length: 200 }, (_, index) => `flag_${index}`);
    await store.client.send(
      new UpdateItemCommand({
        TableName: store.tableName,
        Key: { pk: { S: inboxKey(a) }, sk: { S: T1 } },
        UpdateExpression: `SET ${attributes.map((name) => `${name} = :one`).join(", ")}`,
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    );
    const { client, calls } = recording(store.client);
    await moveTo(T2, { client });
    const [row = {}] = await rowItems(a);
    expect(row["sk"]).toEqual({ S: T2 });
    // DynamoDB allows 300 operators in a condition, of which "AND" is one; the embedded AWS allows any number.
    const conditions = JSON.stringify(calls).match(/"ConditionExpression":"[^"]*"/g) ?? [];
    const operators = conditions.map((condition) => condition.match(/ (=|AND) /g)?.length ?? 0);
    expect(Math.max(...operators)).toBe(299);
    expect(attributes.filter((name) => row[name]?.N !== "1")).toEqual([]);
  });

  test("a conversation without rows is an error, and nothing is written", async () => {
    await expect(moveConversation(store, message("nowhere", "nobody", T1))).rejects.toMatchObject({
      name: "ConversationNotFoundError",
    });
    expect(await rowsOf(store, "nobody", "nowhere")).toEqual([]);
  });

  test("a row at whose time another conversation's is goes to the next free microsecond; a repeat finds it", async () => {
    const { a, moveTo, rows } = await begin();
    await putPair(store, "another", [a, "x"], T2);
    await putPair(store, "a third", [a, "x"], T3);
    expect(await moveTo(T2)).toMatchObject({ written: 2 });
    expect(await moveTo(T2)).toMatchObject({ written: 0 });
    expect(await rowsOf(store, a, "another")).toEqual([rowAt(T2)]);
    expect(await rowsOf(store, a, "a third")).toEqual([rowAt(T3)]);
    const [[own = ""] = [], theirs] = await rows();
    expect(own).toMatch(/ text of 2026-03-01T10:00:00.000002Z$/);
    expect(own > T3).toBe(true);
    expect(theirs).toEqual([rowAt(T2)]);
    expect((await rowItems(a)).at(-1)).toMatchObject({ message_created_at: { S: T2 } });
  });

  test("a row that is later than its message stays there while newer messages are earlier, and then goes on", async () => {
    const { conversation, a, b, moveTo, rows } = await begin(T3);
    const inbox = { pk: { S: inboxKey(a) }, sk: { S: T3 } };
    await store.client.send(
      new UpdateItemCommand({
        TableName: store.tableName,
        Key: inbox,
        UpdateExpression: "SET message_created_at = :time",
        ExpressionAttributeValues: { ":time": { S: T1 } },
      }),
    );
    await deleteRow(b, T3);
    await putRow(store, { conversation, member: b, other: a, time: T1 });
    await moveTo(T2);
    expect(await rows()).toEqual([[`${T3} ${textOf(T2)}`], [rowAt(T2)]]);
    await moveTo(T3);
    expect(await rows()).toEqual(bothAt(T3));
    expect((await rowItems(a))[0]).not.toHaveProperty("message_created_at");
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
