import { isCanary } from "./canary.ts";
import { INBOX_PREFIX, MEMBERS_PREFIX, MESSAGE_PREFIX } from "./items.ts";
import type { TableName } from "./tables.ts";

/** The kinds of items in the tables. Other: what the project knows nothing of. */
export const ITEM_KINDS = ["messages", "conversationRows", "memberLists", "users", "other"] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** The kinds of the messages table by the prefix of their partition key. */
const KIND_BY_PREFIX: Readonly<Record<string, ItemKind>> = {
  [MESSAGE_PREFIX]: "messages",
  [INBOX_PREFIX]: "conversationRows",
  [MEMBERS_PREFIX]: "memberLists",
};

/** The kind of an item of a table, by its partition key. */
export function kindOfItem(table: TableName, partitionKey: string): ItemKind {
  if (table === "users") return "users";
  return Object.entries(KIND_BY_PREFIX).find(([prefix]) => partitionKey.startsWith(prefix))?.[1] ?? "other";
}

/** The uuid in the partition key of an item of the messages table: of its member in a conversation row, else of its conversation. */
export function uuidInKey(partitionKey: string): string | undefined {
  const prefix = Object.keys(KIND_BY_PREFIX).find((each) => partitionKey.startsWith(each));
  return prefix === undefined ? undefined : partitionKey.slice(prefix.length);
}

/** Whether an item of the messages table is of a smoke test, by its partition key. */
export const isCanaryItem = (partitionKey: string) => isCanary(uuidInKey(partitionKey) ?? "");
