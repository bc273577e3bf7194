import { CANARY_PREFIX } from "../canary.ts";
import { INBOX_PREFIX, MESSAGE_PREFIX } from "../items.ts";

/** A column of a table or a view: its name and its type in the Glue catalogue. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** The table over the files of the exports: an item each line, in DynamoDB JSON. */
export const EXPORTED_ITEMS = "exported_items";

/** What tells one export from another: the day it was due. */
export const EXPORTED_ON: Column = { name: "exported_on", type: "date" };

const STRINGS = [
  "pk",
  "sk",
  "message",
  "message_uuid",
  "user_uuid",
  "user_display_name",
  "user_handle",
  "message_group_uuid",
  "message_created_at",
] as const;

const attributes = [
  ...STRINGS.map((name) => `${name}:struct<s:string>`),
  // DynamoDB JSON has numbers as text.
  "member_count:struct<n:string>",
];

/** The item of a line. A line of another file beside the data, such as a manifest, has none. */
export const ITEM: Column = { name: "item", type: `struct<${attributes.join(",")}>` };

/** A view over the exported items. */
export interface View {
  readonly name: string;
  readonly description: string;
  /** Its columns, in their order, each with its expression. */
  readonly columns: readonly (Column & { readonly expression: string })[];
  /** The condition on the items. */
  readonly where: string;
}

const text = (name: string, expression: string) => ({ name, type: "string", expression });
const attribute = (name: string, key: (typeof STRINGS)[number]) => text(name, `item.${key}.s`);
const uuidInKey = (name: string, prefix: string) => text(name, `substr(item.pk.s, ${prefix.length + 1})`);

/** A time in UTC, cut to milliseconds so that none is of the next day; null if what is stored is none. */
const time = (name: string, iso8601: string) => ({
  name,
  type: "timestamp",
  expression: `TRY(CAST(date_trunc('millisecond', from_iso8601_timestamp_nanos(${iso8601})) AT TIME ZONE 'UTC' AS timestamp(3)))`,
});

const exportedOn = { ...EXPORTED_ON, expression: EXPORTED_ON.name };
const hasPrefix = (prefix: string) => `item.pk.s LIKE '${prefix}%'`;

/** The messages, and the conversation rows of the inboxes, without those of smoke tests. */
export const views: readonly View[] = [
  {
    name: "messages",
    description: "Messages, one row each",
    columns: [
      attribute("message_uuid", "message_uuid"),
      uuidInKey("conversation_uuid", MESSAGE_PREFIX),
      time("created_at", "item.sk.s"),
      attribute("sender_uuid", "user_uuid"),
      attribute("sender_handle", "user_handle"),
      attribute("sender_display_name", "user_display_name"),
      attribute("text", "message"),
      exportedOn,
    ],
    where: `${hasPrefix(MESSAGE_PREFIX)} AND NOT ${hasPrefix(`${MESSAGE_PREFIX}${CANARY_PREFIX}`)}`,
  },
  {
    name: "conversation_rows",
    description: "Conversations in the inbox of each member, one row for each of the two",
    columns: [
      uuidInKey("member_uuid", INBOX_PREFIX),
      attribute("conversation_uuid", "message_group_uuid"),
      time("moved_at", "coalesce(item.message_created_at.s, item.sk.s)"),
      attribute("newest_text", "message"),
      attribute("other_uuid", "user_uuid"),
      attribute("other_handle", "user_handle"),
      attribute("other_display_name", "user_display_name"),
      { name: "member_count", type: "int", expression: "TRY(CAST(item.member_count.n AS integer))" },
      exportedOn,
    ],
    where: `${hasPrefix(INBOX_PREFIX)} AND NOT ${hasPrefix(`${INBOX_PREFIX}${CANARY_PREFIX}`)}`,
  },
];

/**
 * The query of a view: of the newest export that has had its time to complete.
 * @param hours after midnight, in UTC, at which a day's export is expected to be complete.
 */
export function queryOf({ columns, where }: View, hours: number): string {
  const selected = columns.map(({ name, expression }) => `${expression} AS ${name}`).join(", ");
  const newest = `${EXPORTED_ON.name} = date(current_timestamp - interval '${hours}' hour)`;
  return `SELECT ${selected} FROM ${EXPORTED_ITEMS} WHERE ${newest} AND ${where}`;
}
