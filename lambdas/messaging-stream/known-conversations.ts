import type { RowsByMember } from "../../messaging/move-conversation.ts";

/** Conversations remembered; at some 2 kB each, a few MB of the function's memory. */
const MOST_CONVERSATIONS = 1_000;

/** How long a conversation is believed to have the members it had. */
const BELIEVED_MILLISECONDS = 60_000;

/**
 * The rows of conversations that this process moved lately: they spare the next batch the index query. A row
 * that somebody else moved since is noticed by the move itself, whose conditions it fails.
 */
export class KnownConversations {
  readonly #known = new Map<string, { rows: RowsByMember; until: number }>();

  get(conversationUuid: string): RowsByMember | undefined {
    const entry = this.#known.get(conversationUuid);
    return entry && entry.until > Date.now() ? entry.rows : undefined;
  }

  set(conversationUuid: string, rows: RowsByMember): void {
    // Written anew, an entry stands last: the first is the one unused for longest.
    const until = this.#known.get(conversationUuid)?.until ?? 0;
    this.#known.delete(conversationUuid);
    // Who had no row may have one by now.
    const found = new Map([...rows].filter(([, theirs]) => theirs.length > 0));
    this.#known.set(conversationUuid, {
      rows: found,
      until: until > Date.now() ? until : Date.now() + BELIEVED_MILLISECONDS,
    });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_CONVERSATIONS && oldest !== undefined) this.#known.delete(oldest);
  }

  delete(conversationUuid: string): void {
    this.#known.delete(conversationUuid);
  }
}
