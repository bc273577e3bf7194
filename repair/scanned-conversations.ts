import { z } from "zod";
import { kindOfItem, uuidInKey } from "../messaging/item-kinds.ts";
import { membersNamedIn, type Row, timeOf } from "../messaging/read-rows.ts";

/** What a scan saw of one item: no text, no name. */
export const scannedItemSchema = z.object({
  conversation: z.string(),
  /** Of a message, or of the message that a row shows; empty for a list of members. */
  time: z.string(),
  /** Whose row it is; absent, it is a message or a list of members. */
  member: z.string().optional(),
  /** The users that it names: the sender, or members. */
  named: z.array(z.string()),
});
export type ScannedItem = z.infer<typeof scannedItemSchema>;

/** The attributes that a sighting needs. */
export const SCANNED_ATTRIBUTES = [
  "pk",
  "sk",
  "message_created_at",
  "message_group_uuid",
  "user_uuid",
  "member_uuids",
] as const;

interface Seen {
  newest: string;
  /** The times of each member's rows. */
  readonly rows: Map<string, string[]>;
  readonly named: Set<string>;
}

/** @returns undefined for an item that is neither a message, nor a conversation row, nor a list of members. */
export function toScannedItem(item: Row): ScannedItem | undefined {
  const pk = item["pk"]?.S ?? "";
  const [time, named, uuid = ""] = [timeOf(item), membersNamedIn(item), uuidInKey(pk)];
  const kind = kindOfItem("messages", pk);
  if (kind === "messages") return { conversation: uuid, time, named };
  if (kind === "memberLists") return { conversation: uuid, time: "", named };
  const conversation = item["message_group_uuid"]?.S;
  if (kind !== "conversationRows" || conversation === undefined) return undefined;
  return { conversation, time, member: uuid, named };
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
    else seen.rows.set(member, [...(seen.rows.get(member) ?? []), time]);
  }

  /** Conversations in which not every member has exactly one row, at the newest message; with all possible members. */
  *suspicious(): Generator<{ conversationUuid: string; suspects: Set<string> }> {
    for (const [conversationUuid, { newest, rows, named }] of this.#seen) {
      if (newest === "" && rows.size === 0) continue;
      const isRight = newest !== "" && [...named].every((person) => rows.has(person));
      if (!isRight || [...rows.values()].some(([time, ...more]) => time !== newest || more.length > 0))
        yield { conversationUuid, suspects: new Set([...rows.keys(), ...named]) };
    }
  }
}
