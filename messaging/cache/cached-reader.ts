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
  /** For how long the table alone is asked after the cluster didn't answer. Default: 10,000 ms. */
  readonly pauseMilliseconds?: number;
  /** Is told when the cache can't be read, once until it can again. Default: a warning of the process. */
  readonly onUnavailable?: (message: string) => void;
}

/**
 * Reads through a DAX cluster. While it is down or slow, the table answers, at the latest after the timeout; so no read fails that
 * the table can answer.
 */
export class CachedReader implements ReadClient {
  readonly timesToLive: TimesToLive;
  readonly #options: Required<Omit<CachedReaderOptions, "credentials">>;
  readonly #dax: Promise<DaxClient>;
  #pausedUntil = 0;
  #isToldOf = false;

  constructor(options: CachedReaderOptions) {
    const { timeoutMilliseconds = 200, pauseMilliseconds = 10_000 } = options;
    const onUnavailable =
      options.onUnavailable ??
      ((message) => {
        process.emitWarning(message);
      });
    this.#options = { ...options, timeoutMilliseconds, pauseMilliseconds, onUnavailable };
    this.timesToLive = options.timesToLive;
    this.#dax = connectToDax({ ...options, timeoutMilliseconds });
    // Told of by the first read.
    this.#dax.catch(() => undefined);
  }

  /** Ends the connections to the cluster. */
  async close(): Promise<void> {
    (await this.#dax).close();
  }

  readonly send = (async (command: QueryCommand & GetCommand) => {
    if (Date.now() >= this.#pausedUntil)
      try {
        const answer = await this.#ask(command);
        this.#isToldOf = false;
        return answer;
      } catch (error) {
        if (!isOfRequest(error)) this.#pause(error);
      }
    return this.#options.table.send(command);
  }) as ReadClient["send"];

  /** Asks the cluster, for as long as it may take: its client has timeouts for each of many steps, and none for all. */
  async #ask(command: QueryCommand & GetCommand) {
    const { timeoutMilliseconds } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${timeoutMilliseconds} ms`));
      }, timeoutMilliseconds);
    });
    try {
      return await Promise.race([this.#dax.then((dax) => dax.send(command)), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  #pause(error: unknown): void {
    const { pauseMilliseconds, endpoint, onUnavailable } = this.#options;
    this.#pausedUntil = Date.now() + pauseMilliseconds;
    if (this.#isToldOf) return;
    this.#isToldOf = true;
    const reason = error instanceof Error ? error.message : String(error);
    onUnavailable(`The cache ${endpoint} can't be read, so the table is: ${reason}`);
  }
}

/** Whether an error is the request's own, and no sign that the cluster is ill: the table answers it with the same. */
const isOfRequest = (error: unknown) =>
  error instanceof Error &&
  "code" in error &&
  ["ValidationException", "ResourceNotFoundException"].includes(String(error.code));

/** What a pattern reads with: the cache, if there is one and the pattern bears its staleness. */
export const readerOf = (
  pattern: AccessPattern,
  { client, cache }: { readonly client: ReadClient; readonly cache?: CachedReader },
): ReadClient => (cache && cacheOf(pattern, cache.timesToLive) ? cache : client);
