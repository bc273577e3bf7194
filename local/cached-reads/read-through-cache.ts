import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { UserError } from "../../config/user-error.ts";
import { CachedReader } from "../../messaging/cache/cached-reader.ts";
import type { TimesToLive } from "../../messaging/cache/staleness.ts";
import {
  listMessages,
  type MessagesTable,
  newMessage,
  sendMessage,
  startConversation,
} from "../../messaging/conversations.ts";
import { readStatistic } from "../embedded-aws/read-statistic.ts";
import { person } from "../person.ts";

/** The cluster to read through, and the table behind it. */
export interface CacheToRead {
  readonly endpoint: string;
  readonly clusterName: string;
  readonly tableName: string;
  readonly region: string;
  readonly timesToLive: TimesToLive;
}

/** What was seen. */
export interface CachedReads {
  /** The same page, read twice. */
  readonly reads: readonly { readonly from: "cache" | "table"; readonly milliseconds: number }[];
  /** How long after a message was sent past the cache the reader saw it. */
  readonly seenAfterMilliseconds: number;
  /** The reads in between that the cache answered without it. */
  readonly staleReads: number;
}

/** How often the reader looks for the message. */
const POLL_MILLISECONDS = 100;

/**
 * Reads the same page twice, sends a message past the cache and waits until the reader sees it.
 * @throws UserError when the cache answers nothing, or the message isn't seen in time.
 */
export async function readThroughCache(cache: CacheToRead): Promise<CachedReads> {
  const { tableName, region, timesToLive, endpoint } = cache;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region }));
  const table: MessagesTable = { client, tableName };
  const reader = new CachedReader({
    table: client,
    endpoint,
    region,
    timesToLive,
    // The first read of a process connects, on a machine that does all at once.
    timeoutMilliseconds: 5_000,
    onUnavailable: (message) => {
      throw new UserError(message);
    },
  });
  const cached = { ...table, cache: reader };
  try {
    await reader.connect();
    await listMessages(cached, await startOne(table));
    const conversation = await startOne(table);
    const page = () => listMessages(cached, conversation);
    const reads = [await timed(cache, page), await timed(cache, page)];
    if (reads.at(-1)?.from !== "cache")
      throw new UserError(
        `The cache at ${endpoint} answers nothing: the page was read from the table twice.`,
      );
    await sendMessage(table, newMessage(conversation, ALICE, "And the second?"));
    return { reads, ...(await waitForMessages(2, page, timesToLive.query)) };
  } finally {
    await reader.close();
  }
}

const [ALICE, BOB] = [person("Alice"), person("Bob")];

const startOne = async (table: MessagesTable) =>
  (await startConversation(table, [ALICE, BOB], newMessage(randomUUID(), ALICE, "Is this the first page?")))
    .conversationUuid;

/** Reads, and asks the cluster's metrics where the answer came from. */
async function timed(
  cache: CacheToRead,
  read: () => Promise<unknown>,
): Promise<CachedReads["reads"][number]> {
  const before = await queryHits(cache);
  const began = performance.now();
  await read();
  const milliseconds = performance.now() - began;
  return { from: (await queryHits(cache)) > before ? "cache" : "table", milliseconds };
}

async function queryHits({ clusterName, region }: CacheToRead): Promise<number> {
  const hits = { namespace: "AWS/DAX", name: "QueryCacheHits", dimensions: { ClusterId: clusterName } };
  return (await readStatistic(new CloudWatchClient({ region }), hits, "Sum")) ?? 0;
}

/** Reads until there are so many messages, for at most three times as long as a result stays in the cache. */
async function waitForMessages(
  count: number,
  page: () => Promise<{ readonly items: readonly unknown[] }>,
  seconds: number,
): Promise<Pick<CachedReads, "seenAfterMilliseconds" | "staleReads">> {
  const sentAt = performance.now();
  for (let staleReads = 0; ; staleReads += 1) {
    const { items } = await page();
    const seenAfterMilliseconds = performance.now() - sentAt;
    if (items.length === count) return { seenAfterMilliseconds, staleReads };
    if (seenAfterMilliseconds > seconds * 3_000)
      throw new UserError(`The reader did not see the message within ${seconds * 3} seconds.`);
    await sleep(POLL_MILLISECONDS);
  }
}
