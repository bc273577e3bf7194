import type { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { AccessPattern } from "../access-patterns.ts";
import { connectToDax, type DaxClient, type DaxOptions } from "./dax-client.ts";
import type { ReadClient } from "./read-client.ts";
import { cacheOf, type TimesToLive } from "./staleness.ts";

export interface CachedReaderOptions extends Omit<DaxOptions, "timeoutMilliseconds"> {
  /** The table's client, which answers what the cache can't. */
  readonly table: ReadClient;
  /** Of the cluster's parameter group. */
  readonly timesToLive: TimesToLive;
  /** How long the cluster may take to answer before the table is asked. Default: 200 ms. */
  readonly timeoutMilliseconds?: number;
  /** How long the table alone is asked after the cluster has failed for a second. Default: 10,000 ms. */
  readonly pauseMilliseconds?: number;
  /** Is told when the cache can't be read, once until it can again. Default: a warning of the process. */
  readonly onUnavailable?: (message: string) => void;
}

/** How long reads through the cache may fail before it is left alone for a pause. */
const PATIENCE_MILLISECONDS = 1_000;

/**
 * Reads through a DAX cluster. While that is down or slow, the table answers, at the latest after the timeout; so no read fails
 * that the table can answer.
 */
export class CachedReader implements ReadClient {
  readonly timesToLive: TimesToLive;
  readonly #options: CachedReaderOptions &
    Required<Pick<CachedReaderOptions, "timeoutMilliseconds" | "pauseMilliseconds" | "onUnavailable">>;
  #dax: Promise<DaxClient> | undefined;
  #failsSince: number | undefined;
  #pausedUntil = 0;
  #isToldOf = false;

  constructor(options: CachedReaderOptions) {
    this.#options = {
      timeoutMilliseconds: 200,
      pauseMilliseconds: 10_000,
      onUnavailable: (message) => {
        process.emitWarning(message);
      },
      ...options,
    };
    this.timesToLive = options.timesToLive;
  }

  /** Loads AWS's client and lets it connect; else the first read does, and may take longer than it waits for the cluster. */
  async connect(): Promise<void> {
    await this.#connection();
  }

  /** Ends the connections to the cluster; another read connects anew. */
  async close(): Promise<void> {
    const dax = this.#dax;
    this.#dax = undefined;
    (await dax)?.close();
  }

  #connection(): Promise<DaxClient> {
    return (this.#dax ??= connectToDax(this.#options));
  }

  readonly send = (async (command: QueryCommand & GetCommand) => {
    if (Date.now() >= this.#pausedUntil)
      try {
        const answer = await this.#ask(command);
        this.#failsSince = undefined;
        this.#isToldOf = false;
        return answer;
      } catch (error) {
        if (!isOfDynamodb(error)) this.#failed(error);
      }
    return this.#options.table.send(command);
  }) as ReadClient["send"];

  /** Asks the cluster, for as long as it may take: its client has timeouts for each of many steps, and none for all. */
  async #ask(command: QueryCommand & GetCommand) {
    const { timeoutMilliseconds } = this.#options;
    const answer = this.#connection().then((dax) => dax.send(command));
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${timeoutMilliseconds} ms`));
      }, timeoutMilliseconds);
    });
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Leaves the cluster alone for a pause if it has failed for too long, with its connections, which may be what is wrong. */
  #failed(error: unknown): void {
    const now = Date.now();
    this.#failsSince ??= now;
    if (now < this.#pausedUntil || now - this.#failsSince < PATIENCE_MILLISECONDS) return;
    const { pauseMilliseconds, endpoint, onUnavailable } = this.#options;
    this.#pausedUntil = now + pauseMilliseconds;
    this.close().catch(() => undefined);
    if (this.#isToldOf) return;
    this.#isToldOf = true;
    const reason = error instanceof Error ? error.message : String(error);
    onUnavailable(`The cache ${endpoint} can't be read, so the table is: ${reason}`);
  }
}

/** What DynamoDB refuses through the cluster, which says nothing of the cluster: the table itself may answer it, or says why not. */
const OF_DYNAMODB = [
  "InternalServerError",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ResourceNotFoundException",
  "ThrottlingException",
  "ValidationException",
];

const isOfDynamodb = (error: unknown) => OF_DYNAMODB.some((name) => String(error).includes(name));

/** What a pattern reads with: the cache, if there is one and the pattern bears its staleness. */
export const readerOf = (
  pattern: AccessPattern,
  { client, cache }: { readonly client: ReadClient; readonly cache?: CachedReader },
): ReadClient => (cache && cacheOf(pattern, cache.timesToLive) ? cache : client);
