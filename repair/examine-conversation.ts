import { paginateQuery, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { inboxKey, messagesKey } from "../messaging/items.ts";
import type { RowsByMember, RowStore } from "../messaging/move-conversation.ts";
import type { NewestMessage } from "../messaging/read-message.ts";
import type { Row } from "../messaging/read-rows.ts";

/** The state of one conversation in the table, read consistently, and what is wrong with it. */
export interface Examination {
  readonly conversationUuid: string;
  /** Its newest complete message. */
  readonly newest?: NewestMessage;
  readonly rows: RowsByMember;
  /** What a move to the newest message changes: rows behind it, and duplicate rows; a sentence each. */
  readonly moves: readonly string[];
  /** Members that another member's row names, and that have no row themselves. */
  readonly absent: readonly string[];
  /** What only a person can repair; a sentence each. */
  readonly left: readonly string[];
}

/** Messages read at once to find the newest complete one: nearly always it is the first. */
const MESSAGES_AT_ONCE = 5;

/**
 * Reads one conversation from the table itself, never from an index.
 *
 * @param suspects whoever may be a member: those with a row and the senders of messages. Whom the rows name
 * besides is found from the rows.
 */
export async function examineConversation(
  store: RowStore,
  conversationUuid: string,
  suspects: Iterable<string>,
): Promise<Examination> {
  const { newest, malformed } = await newestMessage(store, conversationUuid);
  const asked = new Set(suspects);
  if (newest) asked.add(newest.senderUuid);
  const rows = new Map<string, readonly Row[]>();
  // The set grows during the loop: users named by a row are looked up too.
  for (const member of asked) {
    const theirs = await rowsOfMember(store, conversationUuid, member);
    rows.set(member, theirs);
    for (const row of theirs) for (const named of membersNamedIn(row)) asked.add(named);
  }
  const named = new Set([...rows.values()].flat().flatMap(membersNamedIn));
  const times = new Map([...rows].map(([member, theirs]) => [member, theirs.map(timeOf).sort()]));
  const members = [...times].filter(([, { length }]) => length > 0);
  const without = [...times].filter(([, { length }]) => length === 0).map(([member]) => member);
  const target = newest?.createdAt;
  return {
    conversationUuid,
    ...(newest && { newest }),
    rows,
    moves: target === undefined ? [] : movesTo(target, members),
    absent: without.filter((member) => named.has(member)),
    left: [
      ...malformed.map((sk) => `its message of ${sk} is incomplete: complete that item, or delete it`),
      ...(target === undefined && members.length + malformed.length === 0
        ? ["the table has no message and no row of it"]
        : []),
      ...(target === undefined && members.length > 0 ? ["it has rows, but no complete message"] : []),
      ...members
        .filter(([, all]) => target !== undefined && (all.at(-1) ?? "") > target)
        .map(([member]) => `the row of member ${member} is ahead of its newest message, ${target ?? ""}`),
      ...withoutRow(members.length > 0, without, named),
    ],
  };
}

/** The other members that a row names. */
export function membersNamedIn(row: Row): string[] {
  const other = row["user_uuid"]?.S;
  return [...(other === undefined ? [] : [other]), ...(row["member_uuids"]?.SS ?? [])];
}

/** The time of the newest message that a row has. */
export const timeOf = (row: Row) => row["sk"]?.S ?? "";

function movesTo(target: string, members: readonly [string, readonly string[]][]): string[] {
  const behind = members.filter(([, times]) => (times.at(-1) ?? "") < target);
  const doubled = members.filter(([, times]) => times.length > 1);
  return [
    ...behind.map(([member, times]) => `member ${member}: row moved from ${times.at(-1) ?? ""} to ${target}`),
    ...doubled.map(
      ([member, { length }]) =>
        `member ${member}: ${length - 1} duplicate ${length === 2 ? "row" : "rows"} removed`,
    ),
  ];
}

function withoutRow(anyRow: boolean, without: readonly string[], named: ReadonlySet<string>): string[] {
  if (!anyRow)
    return without.length > 0
      ? [`no member has a row of it; its messages are from ${without.join(", ")}`]
      : [];
  return without
    .filter((sender) => !named.has(sender))
    .map((sender) => `${sender} sent messages in it, has no row, and no row names them as a member`);
}

async function newestMessage(store: RowStore, conversationUuid: string) {
  const malformed: string[] = [];
  const newestFirst = { ScanIndexForward: false, Limit: MESSAGES_AT_ONCE };
  for await (const item of readMessages(store, conversationUuid, newestFirst)) {
    const [text, senderUuid] = [item["message"]?.S, item["user_uuid"]?.S];
    const createdAt = timeOf(item);
    if (text !== undefined && senderUuid !== undefined)
      return { newest: { conversationUuid, createdAt, text, senderUuid }, malformed };
    malformed.push(createdAt);
  }
  return { malformed };
}

async function rowsOfMember(store: RowStore, conversationUuid: string, member: string): Promise<Row[]> {
  const query = {
    KeyConditionExpression: "pk = :inbox",
    FilterExpression: "message_group_uuid = :conversation",
    ExpressionAttributeValues: {
      ":inbox": { S: inboxKey(member) },
      ":conversation": { S: conversationUuid },
    },
  };
  const rows: Row[] = [];
  for await (const row of read(store, query)) rows.push(row);
  return rows;
}

/** Every message of a conversation, read as the options say. */
export const readMessages = (
  store: RowStore,
  conversationUuid: string,
  options: Partial<QueryCommandInput>,
) =>
  read(store, {
    KeyConditionExpression: "pk = :messages",
    ExpressionAttributeValues: { ":messages": { S: messagesKey(conversationUuid) } },
    ...options,
  });

/** Every item of a query, read consistently by default, page by page as needed. */
export async function* read(
  { client, tableName }: RowStore,
  query: Omit<QueryCommandInput, "TableName">,
): AsyncGenerator<Row> {
  const consistently = { ConsistentRead: true, ...query, TableName: tableName };
  for await (const { Items = [] } of paginateQuery({ client }, consistently)) yield* Items;
}
