import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { readThrough, startDaxNode } from "../__tests__/support/dax-node.ts";
import { createMessagesTable } from "../__tests__/support/messages-table.ts";
import { metricsIn } from "../__tests__/support/metrics.ts";
import type { EmbeddedAws } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { listMessages, type MessagesTable, newMessage } from "../messaging/conversations.ts";
import { messageItem } from "../messaging/items.ts";
import { laterBy } from "../messaging/message-time.ts";
import { alignColumns } from "./columns.ts";

const READS = 1_000;
const MESSAGES_PER_PAGE = 20;
const READERS = 8;

/** The part of the reads that find their page in the cache. */
const HIT_RATES = [0, 0.5, 0.9, 0.99];

const CONVERSATION = "11111111-1111-4111-8111-111111111111";
const SENDER = { uuid: "sender", displayName: "Sender", handle: "sender" };
const ITEMS_PER_BATCH = 25;

/**
 * Measures what a cache does to reads of pages of messages: reads a second, and read units of the table, with and without it.
 * Both go to the embedded AWS, so the ratio counts: neither is as fast as AWS, whose cache answers in microseconds.
 */
export async function benchCache(): Promise<void> {
  const aws = await startEmbeddedAws();
  try {
    const { table } = await createMessagesTable(aws, "messages");
    const cursors = await fill(table);
    const rows = [];
    for (const hitRate of HIT_RATES) rows.push(await compare(aws, table, cursors, hitRate));
    const headings = [
      "hit rate",
      "reads a second",
      "with the cache",
      "ratio",
      "read units",
      "with the cache",
    ];
    console.log(alignColumns([headings, ...rows]).join("\n"));
  } finally {
    await aws.stop();
  }
}

/** Fills a conversation with so many messages that a page begins at each of as many as there are reads. */
async function fill({ client, tableName }: MessagesTable): Promise<string[]> {
  const first = newMessage(
    CONVERSATION,
    SENDER,
    "A message of the usual length, with a word or two more than it needs.",
  );
  const messages = Array.from({ length: READS + MESSAGES_PER_PAGE }, (_, index) =>
    messageItem({ ...first, uuid: `message-${index}`, createdAt: laterBy(index, first.createdAt) }),
  );
  for (let at = 0; at < messages.length; at += ITEMS_PER_BATCH) {
    const puts = messages.slice(at, at + ITEMS_PER_BATCH).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
  }
  return messages.slice(MESSAGES_PER_PAGE).map(({ sk }) => sk);
}

async function compare(aws: EmbeddedAws, table: MessagesTable, cursors: readonly string[], hitRate: number) {
  const distinct = Math.round(READS * (1 - hitRate));
  const pages = Array.from({ length: READS }, (_, read) => cursors[read % distinct] ?? "");
  // A new node knows nothing yet.
  const node = await startDaxNode(aws, { itemMilliseconds: 0, queryMilliseconds: 0 });
  const cache = readThrough(node, table.client, {
    timeoutMilliseconds: 30_000,
    onUnavailable: (message) => {
      throw new Error(message);
    },
  });
  await cache.connect();
  try {
    const without = await measureReads(aws, table, pages);
    const withCache = await measureReads(aws, { ...table, cache }, pages);
    return [
      `${hitRate * 100} %`,
      `${Math.round(without.perSecond)}`,
      `${Math.round(withCache.perSecond)}`,
      `× ${(withCache.perSecond / without.perSecond).toFixed(1)}`,
      `${without.units}`,
      `${withCache.units}`,
    ];
  } finally {
    await cache.close();
    node.kill("SIGKILL");
  }
}

/** Reads all pages, by several readers at once. */
async function measureReads(aws: EmbeddedAws, table: MessagesTable, pages: readonly string[]) {
  const metrics = metricsIn(aws, "AWS/DynamoDB");
  const units = async () =>
    (await metrics.read("ConsumedReadCapacityUnits", { TableName: table.tableName })) ?? 0;
  const before = await units();
  const waiting = [...pages];
  const began = performance.now();
  const read = async () => {
    for (let cursor; (cursor = waiting.shift()) !== undefined;) {
      const { items } = await listMessages(table, CONVERSATION, { limit: MESSAGES_PER_PAGE, cursor });
      if (items.length !== MESSAGES_PER_PAGE) throw new Error(`a page has ${items.length} messages`);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  const seconds = (performance.now() - began) / 1_000;
  return { perSecond: pages.length / seconds, units: (await units()) - before };
}
