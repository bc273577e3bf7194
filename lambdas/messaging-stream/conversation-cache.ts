import type { RowsByMember } from "../../messaging/move-conversation.ts";

/** Number of conversations; an entry takes about 2 kB. */
const CAPACITY = 1_000;

/** Limits how long a change of a conversation's members can go unnoticed. */
const TIME_TO_LIVE_MILLISECONDS = 60_000;

/**
 * Caches the rows of recently moved conversations, which saves the next batch the index query. Entries may be stale:
 * a move fails its conditions and reads the row again if another process has changed it.
 */
export class ConversationCache {
  readonly #entries = new Map<string, { rows: RowsByMember; until: number }>();

  get(conversationUuid: string): RowsByMember | undefined {
    const entry = this.#entries.get(conversationUuid);
    return entry && entry.until > Date.now() ? entry.rows : undefined;
  }

  set(conversationUuid: string, rows: RowsByMember): void {
    const expiresAt = this.#entries.get(conversationUuid)?.until ?? 0;
    // Inserted again, the entry is the last of the map; the first is the least recently used.
    this.#entries.delete(conversationUuid);
    // A member without a row may have one later, so such members aren't cached.
    const cachedRows = new Map([...rows].filter(([, memberRows]) => memberRows.length > 0));
    this.#entries.set(conversationUuid, {
      rows: cachedRows,
      until: expiresAt > Date.now() ? expiresAt : Date.now() + TIME_TO_LIVE_MILLISECONDS,
    });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > CAPACITY && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(conversationUuid: string): void {
    this.#entries.delete(conversationUuid);
  }
}
