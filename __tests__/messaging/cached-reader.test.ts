import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { tableInput } from "../../local/table-input.ts";
import { type CachedReader, type CachedReaderOptions } from "../../messaging/cache/cached-reader.ts";
import {
  listConversations,
  listMessages,
  type MessagesTable,
  newMessage,
  sendMessage,
  startConversation,
} from "../../messaging/conversations.ts";
import { readUser } from "../../messaging/users.ts";
import { credentials, type DaxNode, readThrough, startDaxNode } from "../support/dax-node.ts";
import { clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { person } from "../support/person.ts";
import { describeWith } from "../support/requirements.ts";

const [alice, bob] = [person("alice"), person("bob")];
const TIMES = { itemMilliseconds: 1_000, queryMilliseconds: 1_000 };
const TIMEOUT = 200;

/** How much longer a read may take here than the reader waits for the cache. */
const SLACK = 1_500;

describeWith(["python"], "reading through the cache", () => {
  let aws: EmbeddedAws;
  let table: MessagesTable;
  let node: DaxNode;
  const readers: CachedReader[] = [];
  const told: string[] = [];

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    ({ table } = await createMessagesTable(aws, "messages"));
    const dynamodb = new DynamoDBClient(clientSettings(aws));
    await dynamodb.send(new CreateTableCommand(tableInput("users", "users")));
    node = await startDaxNode(aws, TIMES);
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) await reader.close();
    told.length = 0;
  });
  afterAll(async () => {
    node.kill("SIGKILL");
    await aws.stop();
  });

  /** The messages table, read through the cache. */
  const cached = async (options: Partial<CachedReaderOptions> = {}) => {
    const cache = readThrough(node, table.client, {
      timeoutMilliseconds: TIMEOUT,
      pauseMilliseconds: 1_000,
      onUnavailable: (message) => told.push(message),
      ...options,
    });
    readers.push(cache);
    await cache.connect();
    return { ...table, cache };
  };
  const start = async () => {
    const { conversationUuid } = await startConversation(
      table,
      [alice, bob],
      newMessage(randomUUID(), alice, "first"),
    );
    return conversationUuid;
  };
  const send = (conversationUuid: string, text: string) =>
    sendMessage(table, newMessage(conversationUuid, alice, text));
  const textsIn = async (reading: MessagesTable, conversationUuid: string) =>
    (await listMessages(reading, conversationUuid)).items.map(({ text }) => text);

  /** Waits until the reader is answered by the cache: by a page that is stale. */
  const answeredByCache = async (reading: MessagesTable) => {
    for (let tries = 0; tries < 40; tries += 1) {
      const conversation = await start();
      await textsIn(reading, conversation);
      await send(conversation, "second");
      if ((await textsIn(reading, conversation)).length === 1) return;
      await sleep(100);
    }
    throw new Error("the cache answers nothing");
  };

  test("a page of messages is as stale as its time to live, an inbox never", async () => {
    const reading = await cached();
    await answeredByCache(reading);
    const conversation = await start();
    expect(await textsIn(reading, conversation)).toEqual(["first"]);
    await send(conversation, "second");
    expect(await textsIn(reading, conversation)).toEqual(["first"]);
    await sleep(TIMES.queryMilliseconds + 100);
    expect(await textsIn(reading, conversation)).toEqual(["second", "first"]);

    const carol = person(randomUUID());
    expect((await listConversations(reading, carol.uuid)).items).toEqual([]);
    await startConversation(table, [carol, bob], newMessage(randomUUID(), carol, "new"));
    expect((await listConversations(reading, carol.uuid)).items).toHaveLength(1);
  });

  test("pages follow each other through the cache", async () => {
    const reading = await cached();
    await answeredByCache(reading);
    const conversation = await start();
    for (const text of ["second", "third"]) await send(conversation, text);
    const newest = await listMessages(reading, conversation, { limit: 2 });
    const older = await listMessages(reading, conversation, { limit: 2, cursor: newest.cursor ?? "" });
    expect([...newest.items, ...older.items].map(({ text }) => text)).toEqual(["third", "second", "first"]);
    expect(older.cursor).toBeUndefined();
  });

  test("a user is read through the cache, and so is that there is none", async () => {
    const { client, cache } = await cached();
    await answeredByCache({ ...table, cache });
    const users = { client, cache, tableName: "users" };
    const key = { name: "dora", title: "member" };
    expect(await readUser(users, key)).toBeUndefined();
    await client.send(
      new PutCommand({ TableName: "users", Item: { Name: "dora", Title: "member", age: 1 } }),
    );
    expect(await readUser(users, key)).toBeUndefined();
    await sleep(TIMES.itemMilliseconds + 100);
    expect(await readUser(users, key)).toEqual({ Name: "dora", Title: "member", age: 1 });
  });

  test("a pattern that bears less than the cache's time to live reads from the table", async () => {
    const reading = await cached({ timesToLive: { item: 301, query: 11 } });
    const conversation = await start();
    expect(await textsIn(reading, conversation)).toEqual(["first"]);
    await send(conversation, "second");
    expect(await textsIn(reading, conversation)).toEqual(["second", "first"]);
  });

  /** Reads for some seconds; each answer has to be the table's, in time. */
  const readMeanwhile = async (reading: MessagesTable, milliseconds: number) => {
    const end = Date.now() + milliseconds;
    let slowest = 0;
    while (Date.now() < end) {
      const conversation = await start();
      const began = Date.now();
      expect(await textsIn(reading, conversation)).toEqual(["first"]);
      slowest = Math.max(slowest, Date.now() - began);
    }
    expect(slowest).toBeLessThan(TIMEOUT + SLACK);
  };

  test("a killed cache: the table answers every read, it is told once, and the cache is read again when it is back", async () => {
    const reading = await cached();
    await answeredByCache(reading);
    node.kill("SIGKILL");
    await readMeanwhile(reading, 4_000);
    expect(told).toEqual([
      expect.stringMatching(/^The cache dax:\/\/127\.0\.0\.1:\d+ can't be read, so the table is: ./),
    ]);
    node = await startDaxNode(aws, { ...TIMES, port: node.port });
    await answeredByCache(reading);
    node.kill("SIGKILL");
    await readMeanwhile(reading, 2_500);
    expect(told).toHaveLength(2);
    node = await startDaxNode(aws, { ...TIMES, port: node.port });
  }, 60_000);

  test("a cache that doesn't answer: the table does after a bounded time, and it is told once", async () => {
    const reading = await cached();
    await answeredByCache(reading);
    node.kill("SIGSTOP");
    try {
      await readMeanwhile(reading, 3_000);
      expect(told).toEqual([expect.stringContaining("no answer within 200 ms")]);
    } finally {
      node.kill("SIGCONT");
    }
    await answeredByCache(reading);
  }, 60_000);

  test("a cache that refuses the caller: the table answers", async () => {
    const reading = await cached({ credentials: { ...credentials, accessKeyId: "AKIASOMEBODYELSE0000" } });
    await readMeanwhile(reading, 2_500);
    expect(told).toHaveLength(1);
  }, 60_000);

  test("what the table refuses, too, is the request's error, and says nothing of the cache", async () => {
    const reading = await cached();
    await answeredByCache(reading);
    await expect(listMessages({ ...reading, tableName: "absent" }, "any")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await sleep(1_100);
    await expect(listMessages({ ...reading, tableName: "absent" }, "any")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(told).toEqual([]);
    await answeredByCache(reading);
  });
});
