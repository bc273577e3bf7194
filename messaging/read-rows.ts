import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import { INBOX_PREFIX, inboxKey, membersKey, messagesKey } from "./items.ts";
import { isInFuture } from "./message-time.ts";
import { readMessage } from "./read-message.ts";
import { CONVERSATION_INDEX } from "./tables.ts";

/** The messages table and a client that uses DynamoDB attribute values. */
export interface RowStore {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Aborts a read or a move, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A conversation row in DynamoDB attribute values. */
export type Row = Readonly<Record<string, AttributeValue>>;

/** The rows of one conversation by member uuid; normally one per member. */
export type RowsByMember = ReadonlyMap<string, readonly Row[]>;

/** Rows of an inbox that are read for a conversation of which no row is known. A page of this size costs about 50 read units. */
const MAXIMUM_ROWS_READ = 400;

/** Messages that are read at once to find the newest usable one; nearly always it is the first. */
const MESSAGES_PER_PAGE = 5;

/** The uuid of the member whose row it is. */
export const memberOf = (row: Row) => (row["pk"]?.S ?? "").slice(INBOX_PREFIX.length);

/** Sort key of a row. */
export const sortKeyOf = (row: Row) => row["sk"]?.S ?? "";

/** Time of the message that a row shows; its sort key may be slightly later. */
export const timeOf = (row: Row) => row["message_created_at"]?.S ?? sortKeyOf(row);

/** Number of the conversation's members with a row, as a row has it; undefined in a row of another writer. */
export const memberCountOf = (row: Row) =>
  row["member_count"]?.N === undefined ? undefined : Number(row["member_count"].N);

/** The members that a row names: the other one and, in a row of before, all. */
export function membersNamedIn(row: Row): string[] {
  const other = row["user_uuid"]?.S;
  return [...(other === undefined ? [] : [other]), ...(row["member_uuids"]?.SS ?? [])];
}

/** Queries the index for the rows of a conversation. It is eventually consistent. */
export async function queryIndex(store: RowStore, conversationUuid: string): Promise<Map<string, Row[]>> {
  const rows = await queryAll(store, {
    IndexName: CONVERSATION_INDEX,
    KeyConditionExpression: "message_group_uuid = :conversation",
    ExpressionAttributeValues: { ":conversation": { S: conversationUuid } },
  });
  const byMember = new Map<string, Row[]>();
  for (const row of rows) byMember.set(memberOf(row), [...(byMember.get(memberOf(row)) ?? []), row]);
  return byMember;
}

/**
 * Queries a member's rows of a conversation, consistently.
 * @param from the earliest sort key. Default: the whole inbox is read.
 */
export const queryInbox = (store: RowStore, member: string, conversationUuid: string, from?: string) =>
  queryAll(store, inboxQuery(member, conversationUuid, from));

/** Queries a member's rows of a conversation, consistently, among the newest rows of the inbox. */
export async function queryNewestOfInbox(store: RowStore, member: string, conversationUuid: string) {
  const newest = { ScanIndexForward: false, Limit: MAXIMUM_ROWS_READ };
  const { Items = [] } = await queryPage(store, { ...inboxQuery(member, conversationUuid), ...newest });
  return Items;
}

const inboxQuery = (member: string, conversationUuid: string, from?: string) => ({
  ConsistentRead: true,
  KeyConditionExpression: from === undefined ? "pk = :inbox" : "pk = :inbox AND sk >= :from",
  FilterExpression: "message_group_uuid = :conversation",
  ExpressionAttributeValues: {
    ":inbox": { S: inboxKey(member) },
    ":conversation": { S: conversationUuid },
    ...(from !== undefined && { ":from": { S: from } }),
  },
});

/** Reads the list of all members that a conversation of more than two ever had. */
export async function queryMembers(store: RowStore, conversationUuid: string): Promise<readonly string[]> {
  const { Items } = await queryPage(store, {
    ConsistentRead: true,
    KeyConditionExpression: "pk = :members",
    ExpressionAttributeValues: { ":members": { S: membersKey(conversationUuid) } },
  });
  return Items?.[0]?.["member_uuids"]?.SS ?? [];
}

/** Finds the newest usable message of a conversation, and the newer ones that are not, with the reason, by sort key. */
export async function readNewestMessage(store: RowStore, conversationUuid: string) {
  const unusable = new Map<string, string>();
  const newestFirst = { ScanIndexForward: false, Limit: MESSAGES_PER_PAGE };
  for await (const item of readMessages(store, conversationUuid, newestFirst)) {
    const { message, faults } = readMessage(item);
    if (isInFuture(message.createdAt)) faults.push("its time is in the future");
    if (faults.length === 0) return { newest: message, unusable };
    unusable.set(sortKeyOf(item), faults.join(", "));
  }
  return { unusable };
}

/** Every message of a conversation, read consistently and page by page as needed, as the options say. */
export const readMessages = (
  store: RowStore,
  conversationUuid: string,
  options: Partial<QueryCommandInput>,
) =>
  items(store, {
    ConsistentRead: true,
    KeyConditionExpression: "pk = :messages",
    ExpressionAttributeValues: { ":messages": { S: messagesKey(conversationUuid) } },
    ...options,
  });

async function queryAll(store: RowStore, query: Query): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of items(store, query)) rows.push(row);
  return rows;
}

async function* items(store: RowStore, query: Query): AsyncGenerator<Row> {
  let ExclusiveStartKey: QueryCommandInput["ExclusiveStartKey"];
  do {
    const { Items = [], LastEvaluatedKey } = await queryPage(store, { ...query, ExclusiveStartKey });
    yield* Items;
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

type Query = Omit<QueryCommandInput, "TableName">;

const queryPage = ({ client, tableName, signal }: RowStore, query: Query) =>
  client.send(new QueryCommand({ ...query, TableName: tableName }), sendOptions(signal));

/** Options of a call that a signal aborts. */
export const sendOptions = (signal?: AbortSignal) => (signal ? { abortSignal: signal } : {});
