import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import {
  listConversations,
  listMessages,
  type MessagesTable,
  newMessage,
  sendMessage,
  startConversation,
} from "../../messaging/conversations.ts";
import type { Conversation, Member, Message } from "../../messaging/items.ts";
import { moveConversation } from "../../messaging/move-conversation.ts";
import type { RowStore } from "../../messaging/read-rows.ts";
import { createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { putPair, putRow } from "../support/rows.ts";
import { type Fault, unreliable } from "../support/unreliable-client.ts";

const memberOf = (handle: string): Member => ({
  uuid: `uuid-of-${handle}`,
  displayName: handle.toUpperCase(),
  handle,
});
const [alice, bob, carol] = [memberOf("alice"), memberOf("bob"), memberOf("carol")];
const TIME = "2026-03-01T10:00:00.000001Z";

describeWith(["python"], "access patterns", () => {
  let aws: EmbeddedAws;
  let store: RowStore & { readonly table: MessagesTable };
  let table: MessagesTable;
  let tables = 0;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    await useNewTable();
  });
  afterAll(() => aws.stop());

  /** Goes on with an empty table. */
  const useNewTable = async () => {
    store = await createMessagesTable(aws, `messages-${(tables += 1)}`);
    ({ table } = store);
  };
  const start = (members: readonly [Member, ...Member[]], text: string) =>
    startConversation(table, members, newMessage(randomUUID(), members[0], text));
  const items = async () => {
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName }));
    return Items.sort((a, b) => `${a["pk"]} ${a["sk"]}`.localeCompare(`${b["pk"]} ${b["sk"]}`));
  };
  /** The table by a client whose calls have faults, one after the other. */
  const withFaults = (...faults: readonly (Fault | undefined)[]): MessagesTable => {
    const rest = faults.values();
    const client = { send: (call: never) => table.client.send(call) } as unknown as DynamoDBClient;
    const faulty = unreliable(client, () => rest.next().value);
    const send = (call: never) => faulty.send(call);
    return { ...table, client: { send } as unknown as DynamoDBDocumentClient };
  };
  /** Calls for every page until the last, or the one that ends before a time. */
  const readInbox = async (
    member: string,
    onPage: (page: readonly Conversation[]) => Promise<void>,
    from = "",
  ) => {
    let cursor: string | undefined;
    do {
      const page = await listConversations(table, member, {
        limit: 10,
        ...(cursor !== undefined && { cursor }),
      });
      await onPage(page.items);
      cursor = (page.items.at(-1)?.movedAt ?? "") < from ? undefined : page.cursor;
    } while (cursor !== undefined);
  };

  test("C: starting a conversation adds it to both inboxes, with the other member and the first message", async () => {
    const first = await start([alice, bob], "hello");
    const inbox = async ({ uuid }: Member) => (await listConversations(table, uuid)).items;
    const row = { uuid: first.conversationUuid, movedAt: first.createdAt, newestText: "hello" };
    expect(await inbox(alice)).toEqual([{ ...row, memberUuid: alice.uuid, other: bob }]);
    expect(await inbox(bob)).toEqual([{ ...row, memberUuid: bob.uuid, other: alice }]);
    expect(await listMessages(table, first.conversationUuid)).toEqual({ items: [first] });
  });

  test("C: the items have exactly the attributes that the application uses", async () => {
    await useNewTable();
    const first = await start([alice, bob], "hello");
    const sk = first.createdAt;
    const row = { sk, message: "hello", message_group_uuid: first.conversationUuid, member_count: 2 };
    const of = (member: Member) => ({
      user_uuid: member.uuid,
      user_display_name: member.displayName,
      user_handle: member.handle,
    });
    expect(await items()).toEqual([
      { ...row, pk: `GRP#${alice.uuid}`, ...of(bob) },
      { ...row, pk: `GRP#${bob.uuid}`, ...of(alice) },
      { pk: `MSG#${first.conversationUuid}`, sk, message: "hello", message_uuid: first.uuid, ...of(alice) },
    ]);
  });

  test("C: a conversation of more than two has its members in an item of its own", async () => {
    const { conversationUuid } = await start([carol, alice, bob], "all of us");
    const { items: inbox } = await listConversations(table, carol.uuid);
    expect(inbox).toMatchObject([{ newestText: "all of us", other: alice }]);
    expect((await items()).find(({ pk }) => pk === `MEM#${conversationUuid}`)).toEqual({
      pk: `MEM#${conversationUuid}`,
      sk: "members",
      member_uuids: new Set([alice.uuid, bob.uuid, carol.uuid]),
    });
  });

  test.each([
    ["two", [alice, bob]],
    ["three", [alice, bob, carol]],
  ])(
    "C: a start of %s that is tried again, whatever became of the first try, is one start",
    async (_, members) => {
      await useNewTable();
      const message = newMessage(randomUUID(), alice, "hello");
      await expect(startConversation(withFaults("answer-lost"), members, message)).rejects.toThrow();
      const before = await items();
      expect(before.filter(({ pk }) => pk !== `MEM#${message.conversationUuid}`)).toHaveLength(
        members.length + 1,
      );
      const tries = Array.from({ length: 5 }, () => startConversation(table, members, message));
      expect(await Promise.all(tries)).toEqual(tries.map(() => message));
      expect(await items()).toEqual(before);

      const newest = { conversationUuid: message.conversationUuid, senderUuid: bob.uuid, text: "since" };
      await moveConversation(store, { ...newest, createdAt: "2099-01-01T00:00:00.000000Z" });
      const moved = await items();
      expect(moved).not.toEqual(before);
      expect(await startConversation(withFaults("conflict", undefined), members, message)).toEqual(message);
      expect(await items()).toEqual(moved);
    },
  );

  test("C: a start that meets another try of the same waits for it", async () => {
    const message = newMessage(randomUUID(), alice, "hello");
    expect(await startConversation(withFaults("conflict", "conflict"), [alice, bob], message)).toEqual(
      message,
    );
    expect((await listMessages(table, message.conversationUuid)).items).toEqual([message]);
  });

  test("C: conversations of one member with the same time are all started, each once", async () => {
    await useNewTable();
    const messages = Array.from({ length: 40 }, (_, index) => ({
      ...newMessage(`c${index}`, alice, `${index}`),
      createdAt: TIME,
    }));
    const startAll = () =>
      Promise.all(
        messages.map((message, index) =>
          startConversation(table, [alice, memberOf(`friend-${index}`)], message),
        ),
      );
    expect(await startAll()).toEqual(messages);
    const before = await items();
    expect(before).toHaveLength(3 * messages.length);
    await startAll();
    expect(await items()).toEqual(before);
    const { items: inbox } = await listConversations(table, alice.uuid, { limit: 100 });
    expect(new Set(inbox.map(({ uuid }) => uuid)).size).toBe(messages.length);
    expect(new Set(inbox.map(({ movedAt }) => movedAt))).toEqual(new Set([TIME]));
  });

  test("C: a conversation that exists isn't started with another message", async () => {
    const { conversationUuid } = await start([alice, bob, carol], "first");
    const before = await items();
    const again = startConversation(table, [alice, bob, carol], newMessage(conversationUuid, alice, "again"));
    await expect(again).rejects.toMatchObject({ name: "ConversationExistsError" });
    expect(await items()).toEqual(before);
  });

  test("D: a message that is sent again is there once, and keeps what was edited since", async () => {
    const { conversationUuid } = await start([alice, bob], "first");
    const message = newMessage(conversationUuid, bob, "secnod");
    await expect(sendMessage(withFaults("answer-lost"), message)).rejects.toThrow();
    const Key = { pk: `MSG#${conversationUuid}`, sk: message.createdAt };
    await table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key,
        UpdateExpression: "SET message = :text",
        ExpressionAttributeValues: { ":text": "second" },
      }),
    );
    const tries = Array.from({ length: 5 }, () => sendMessage(table, message));
    expect(await Promise.all(tries)).toEqual(tries.map(() => message));
    expect((await listMessages(table, conversationUuid)).items.map(({ text }) => text)).toEqual([
      "second",
      "first",
    ]);
  });

  test("D: 100 messages with the same time, each sent twice side by side, are there once each", async () => {
    const conversationUuid = randomUUID();
    const messages = Array.from({ length: 100 }, (_, index) => ({
      ...newMessage(conversationUuid, alice, `${index}`),
      createdAt: TIME,
    }));
    const send = (message: Message) => sendMessage(table, message);
    const [sent, sentAgain] = await Promise.all([
      Promise.all(messages.map(send)),
      Promise.all(messages.map(send)),
    ]);
    expect(sentAgain).toEqual(sent);
    expect(sent.map(({ uuid }) => uuid)).toEqual(messages.map(({ uuid }) => uuid));
    const { items: listed } = await listMessages(table, conversationUuid, { limit: 1_000 });
    const byTime = (a: Message, b: Message) => (a.createdAt < b.createdAt ? 1 : -1);
    expect(listed).toEqual([...sent].sort(byTime));
    expect(sent.every(({ createdAt }) => createdAt >= TIME && createdAt < "2026-03-01T10:00:01.1Z")).toBe(
      true,
    );
  });

  const valid: Message = { ...newMessage("c", alice, "hello"), uuid: "m" };
  const pair = [alice, bob];
  const people = Array.from({ length: 99 }, (_, index) => memberOf(`person-${index}`));
  test.each<[string, Partial<Message>, readonly Member[]]>([
    ['uuid must not be empty or blank (given "")', { uuid: "" }, pair],
    ['conversationUuid must not be empty or blank (given " ")', { conversationUuid: " " }, pair],
    ['sender.uuid must not be empty or blank (given "")', { sender: { ...alice, uuid: "" } }, pair],
    ['sender.handle must not be empty or blank (given "")', { sender: { ...alice, handle: "" } }, pair],
    ["text must not be empty or blank (given 3 characters)", { text: " \n\t" }, pair],
    ["text must have at most 1024 characters (given 1025)", { text: "x".repeat(1_025) }, pair],
    ["text must be well-formed Unicode (given half of a surrogate pair)", { text: "😀".slice(0, 1) }, pair],
    [
      'createdAt must be a UTC time with microseconds, such as 2026-03-01T10:00:00.000001Z (given "2026-03-01T10:00:00.123Z")',
      { createdAt: "2026-03-01T10:00:00.123Z" },
      pair,
    ],
    [
      "createdAt must be at most five minutes ahead of the clock (given 2999-01-01T00:00:00.000000Z)",
      { createdAt: "2999-01-01T00:00:00.000000Z" },
      pair,
    ],
    ["members must be 2 to 98 (given 1)", {}, [alice]],
    ["members must be 2 to 98 (given 99)", {}, people],
    [
      'members[1].displayName must not be empty or blank (given "")',
      {},
      [alice, { ...bob, displayName: "" }],
    ],
    [
      `members[2].uuid must differ from the other members' (given "${bob.uuid}" twice)`,
      {},
      [alice, bob, bob],
    ],
    [`sender.uuid must be one of the members' (given "${carol.uuid}")`, { sender: carol }, pair],
  ])("refused before any call: %s", async (message, change, members) => {
    const calls: unknown[] = [];
    const client = { send: (call: unknown) => calls.push(call) } as unknown as DynamoDBDocumentClient;
    const given = { ...valid, ...change };
    const refusal = {
      name: "InvalidMessageError",
      message,
      field: message.slice(0, message.indexOf(" must")),
    };
    await expect(startConversation({ ...table, client }, members, given)).rejects.toMatchObject(refusal);
    if (members === pair && change.sender !== carol)
      await expect(sendMessage({ ...table, client }, given)).rejects.toMatchObject(refusal);
    expect(calls).toEqual([]);
  });

  test("a text of 1,024 characters, of any size, is taken", async () => {
    const text = "👍".repeat(1_024);
    const { conversationUuid } = await start([alice, bob], text);
    expect((await listMessages(table, conversationUuid)).items).toMatchObject([{ text }]);
  });

  test("A: messages are listed newest first, page by page, each once", async () => {
    const { conversationUuid } = await start([alice, bob], "0");
    for (const text of ["1", "2", "3", "4"])
      await sendMessage(table, newMessage(conversationUuid, bob, text));
    const texts: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await listMessages(table, conversationUuid, {
        limit: 2,
        ...(cursor !== undefined && { cursor }),
      });
      texts.push(page.items.map(({ text }) => text));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(texts).toEqual([["4", "3"], ["2", "1"], ["0"]]);
  });

  test("B: an inbox lists conversations of earlier years", async () => {
    const row = { conversation: "g", member: "old", other: "u", time: "2019-12-31T23:59:59.999Z" };
    await putRow(store, { ...row, text: "last year's" });
    expect((await listConversations(table, "old")).items).toMatchObject([{ newestText: "last year's" }]);
  });

  test("B: a reader who reads the top again misses no conversation that moves while they turn the pages", async () => {
    const uuids = Array.from({ length: 60 }, (_, index) => `paged-${index + 10}`);
    for (const [index, uuid] of uuids.entries())
      await putPair(store, uuid, ["reader", "friend"], `2026-03-01T10:00:00.0000${index + 10}Z`);
    const oldest = uuids.values();
    const moveOldest = async () => {
      const { value: conversationUuid } = oldest.next();
      if (conversationUuid === undefined) return;
      const createdAt = new Date().toISOString();
      await moveConversation(store, { conversationUuid, createdAt, text: "", senderUuid: "reader" });
    };
    const newest = new Map<string, Conversation>();
    const keepNewest = async (page: readonly Conversation[]) => {
      for (const one of page)
        if (one.movedAt > (newest.get(one.uuid)?.movedAt ?? "")) newest.set(one.uuid, one);
      await moveOldest();
    };
    const aMinuteAgo = new Date(Date.now() - 60_000).toISOString();
    await readInbox("reader", keepNewest);
    expect(newest.size).toBeLessThan(uuids.length);
    for (let known = 0; known < newest.size;) {
      known = newest.size;
      await readInbox("reader", keepNewest, aMinuteAgo);
    }
    expect([...newest.keys()].sort()).toEqual(uuids);
  });
});
