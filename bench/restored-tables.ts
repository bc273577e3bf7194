import { randomUUID } from "node:crypto";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { tableInput } from "../local/table-input.ts";
import {
  type ConversationRow,
  conversationRows,
  type Member,
  type MessageItem,
  messageItem,
} from "../messaging/items.ts";
import { putAll, type Settings } from "./workload.ts";

/** Names of the tables. */
export const TABLES = { restored: "restored", live: "live", empty: "empty" } as const;

type Item = ConversationRow | MessageItem;

/**
 * Creates a restored table and a live one with conversations of two with 98 messages each, but for messages that the live
 * one lacks, and others that it has with another text; and an empty table.
 */
export async function createTables(
  settings: Settings,
  conversations: number,
  missing: number,
  different: number,
) {
  const client = new DynamoDBClient(settings);
  for (const name of Object.values(TABLES))
    await client.send(new CreateTableCommand(tableInput("messages", name)));
  const items = Array.from({ length: conversations }, (_, index) => newConversation(index)).flat();
  const messages = items.filter((item) => "message_uuid" in item);
  // Spread over the whole table.
  const chosen = every(Math.floor(messages.length / (missing + different)), messages).slice(
    0,
    missing + different,
  );
  const lost = new Set<Item>(chosen.slice(0, missing));
  const changed = new Set<Item>(chosen.slice(missing));
  const live = items
    .filter((item) => !lost.has(item))
    .map((item) => (changed.has(item) ? { ...item, message: `${item.message}!` } : item));
  await Promise.all([
    putAll({ client, tableName: TABLES.restored }, items),
    putAll({ client, tableName: TABLES.live }, live),
  ]);
  const bytes = (some: Iterable<Item>) => [...some].reduce((sum, item) => sum + bytesOf(item), 0);
  return { bytes: bytes(items), liveBytes: bytes(live), items: items.length, liveItems: live.length };
}

const every = <T>(step: number, all: readonly T[]) => all.filter((_, index) => index % step === 0);

function newConversation(index: number): Item[] {
  const member = (): Member => {
    const uuid = randomUUID();
    return { uuid, displayName: `Person ${uuid.slice(0, 4)}`, handle: uuid.slice(0, 8) };
  };
  const members = [member(), member()] as const;
  const conversationUuid = randomUUID();
  const messageAt = (minute: number) => ({
    uuid: randomUUID(),
    conversationUuid,
    createdAt: new Date(Date.UTC(2026, 2, 1, 10, minute, 0, index % 1_000))
      .toISOString()
      .replace("Z", "001Z"),
    text: `Shall we walk by the river on Sunday? I bring the thermos and the bread (${minute}).`,
    sender: members[minute % 2] ?? members[0],
  });
  const messages = Array.from({ length: 98 }, (_, minute) => messageAt(minute));
  return [...messages.map(messageItem), ...conversationRows(members, messageAt(97))];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
const bytesOf = (item: Item) =>
  Object.entries(item).reduce((sum, [name, value]) => {
    const size =
      typeof value === "number" ? 1 + Math.ceil(`${value}`.length / 2) : Buffer.byteLength(`${value}`);
    return sum + Buffer.byteLength(name) + size;
  }, 0);
