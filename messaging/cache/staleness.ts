import type { AccessPattern } from "../access-patterns.ts";

/** The caches of DAX: results of queries by their parameters, and items by their key. */
export type CacheKind = "query" | "item";

/** How stale what a pattern reads may be. */
export interface Staleness {
  /** The cache that it reads through. Default: it goes past DAX, to the table. */
  readonly cache?: CacheKind;
  /** What it bears: at most so many seconds. */
  readonly seconds: number;
  /** Why it bears this and no more. */
  readonly why: string;
}

/**
 * What each access pattern bears. A read goes through the cache if what the cache answers is never staler; every write goes past
 * it, since the results of queries stay in the cache however a table is written.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.consistency.html
 */
export const staleness: Readonly<Record<AccessPattern, Staleness>> = {
  listMessages: {
    cache: "query",
    seconds: 10,
    why: "Messages are added, and seldom edited or deleted: a page that is some seconds old lacks the newest, or shows one as it was.",
  },
  listConversations: {
    seconds: 0,
    why: "It is ordered by the newest message: a result of before shows conversations at the wrong place, and a message that the page of messages already has.",
  },
  readUser: {
    cache: "item",
    seconds: 300,
    why: "Names and handles seldom change, and nothing is decided by them.",
  },
  startConversation: {
    seconds: 0,
    why: "A transaction, whose conditions have to see what is in the table.",
  },
  sendMessage: { seconds: 0, why: "A conditional write, which has to see what is in the table." },
  moveConversation: {
    seconds: 0,
    why: "The stream function: it decides by what it reads, and consistently.",
  },
  keepUsers: { seconds: 0, why: "A write." },
};

/** The patterns that may read through the cache, if its times to live are as they bear. */
export const cachedPatterns = (Object.keys(staleness) as AccessPattern[]).filter(
  (pattern) => staleness[pattern].cache !== undefined,
);

/** For how many seconds each cache answers. */
export type TimesToLive = Readonly<Record<CacheKind, number>>;

/** The cache that a pattern reads through, with these times to live; undefined if it has to go to the table. */
export function cacheOf(pattern: AccessPattern, timesToLive: TimesToLive): CacheKind | undefined {
  const { cache, seconds } = staleness[pattern];
  return cache !== undefined && timesToLive[cache] <= seconds ? cache : undefined;
}
