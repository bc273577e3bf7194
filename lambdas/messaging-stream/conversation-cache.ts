import type { KnownRows, MoveResult } from "../../messaging/move-conversation.ts";
import type { RowsByMember } from "../../messaging/read-rows.ts";

/** Number of conversations; an entry takes about 2 kB. */
const CAPACITY = 1_000;

/** Limits how long a change of a conversation's members can go unnoticed. */
const TIME_TO_LIVE_MILLISECONDS = 60_000;

/** How long no rows are taken as current once another process has moved rows that this one had cached. */
const DISTRUST_MILLISECONDS = 60_000;

interface Entry {
  readonly rows: RowsByMember;
  readonly foundAsKnown: boolean;
  readonly until: number;
}

/**
 * Caches the rows of recently moved conversations. Lambda gives the batches of a conversation to any free process, so
 * another one may have moved them on. They are taken as current, which saves the next batch the index query, only if the
 * index last showed them just as they were cached; a process that was wrong in that asks the index for a while.
 */
export class ConversationCache {
  readonly #entries = new Map<string, Entry>();
  #distrustUntil = 0;

  get(conversationUuid: string): KnownRows | undefined {
    const entry = this.#entry(conversationUuid);
    return entry && { rows: entry.rows, probablyCurrent: this.#isTrusted(entry) };
  }

  /** Caches the rows after a move that began with what the cache knew. */
  set(conversationUuid: string, { rows, foundAsKnown }: MoveResult): void {
    const known = this.#entry(conversationUuid);
    if (known && this.#isTrusted(known) && !foundAsKnown)
      this.#distrustUntil = Date.now() + DISTRUST_MILLISECONDS;
    const until = known?.until ?? Date.now() + TIME_TO_LIVE_MILLISECONDS;
    // Inserted again, the entry is the last of the map; the first is the least recently used.
    this.#entries.delete(conversationUuid);
    this.#entries.set(conversationUuid, { rows, foundAsKnown, until });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > CAPACITY && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(conversationUuid: string): void {
    this.#entries.delete(conversationUuid);
  }

  #entry(conversationUuid: string): Entry | undefined {
    const entry = this.#entries.get(conversationUuid);
    return entry && entry.until > Date.now() ? entry : undefined;
  }

  #isTrusted({ foundAsKnown }: Entry): boolean {
    return foundAsKnown && this.#distrustUntil <= Date.now();
  }
}
