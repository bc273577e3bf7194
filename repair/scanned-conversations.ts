import { z } from "zod";
import { INBOX_PREFIX, MESSAGE_PREFIX } from "../messaging/items.ts";
import type { Row } from "../messaging/read-rows.ts";
import { membersNamedIn, timeOf } from "./examine-conversation.ts";

/** What a scan saw of one item: no text, no name. */
export const scannedItemSchema = z.object({
  conversation: z.string(),
  time: z.string(),
  /** Whose row it is; absent, it is a message. */
  member: z.string().optional(),
  /** The users that it names: the sender, or the other members. */
  named: z.array(z.string()),
});
export type ScannedItem = z.infer<typeof scannedItemSchema>;

/** The attributes that a sighting needs. */
export const SCANNED_ATTRIBUTES = ["pk", "sk", "message_group_uuid", "user_uuid", "member_uuids"] as const;

interface Seen {
  newest: string;
  readonly rows: Map<string, Set<string>>;
  readonly named: Set<string>;
}

/** @returns undefined for an item that is neither a message nor a conversation row. */
export function toScannedItem(item: Row): ScannedItem | undefined {
  const pk = item["pk"]?.S ?? "";
  const [time, named] = [timeOf(item), membersNamedIn(item)];
  if (pk.startsWith(MESSAGE_PREFIX)) return { conversation: pk.slice(MESSAGE_PREFIX.length), time, named };
  const conversation = item["message_group_uuid"]?.S;
  if (!pk.startsWith(INBOX_PREFIX) || conversation === undefined) return undefined;
  return { conversation, time, member: pk.slice(INBOX_PREFIX.length), named };
}

/**
 * The conversations of a table as a scan saw them; about one kilobyte of memory each. With live traffic a scan is not a
 * consistent snapshot, so what looks wrong here must be examined again.
 */
export class ScannedConversations {
  readonly #seen = new Map<string, Seen>();

  get size(): number {
    return this.#seen.size;
  }

  add({ conversation, time, member, named }: ScannedItem): void {
    let seen = this.#seen.get(conversation);
    if (!seen) this.#seen.set(conversation, (seen = { newest: "", rows: new Map(), named: new Set() }));
    for (const person of named) seen.named.add(person);
    if (member === undefined) seen.newest = time > seen.newest ? time : seen.newest;
    else seen.rows.set(member, (seen.rows.get(member) ?? new Set()).add(time));
  }

  /** Conversations in which not every member has exactly one row, at the newest message; with all possible members. */
  *suspicious(): Generator<{ conversationUuid: string; suspects: Set<string> }> {
    for (const [conversationUuid, { newest, rows, named }] of this.#seen) {
      const times = [...rows.values()].flatMap((theirs) => [...theirs]);
      const right = newest !== "" && [...named].every((person) => rows.has(person));
      if (!right || times.some((time) => time !== newest))
        yield { conversationUuid, suspects: new Set([...rows.keys(), ...named]) };
    }
  }
}
