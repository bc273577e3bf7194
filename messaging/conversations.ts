import { randomInt, randomUUID } from "node:crypto";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import {
  type ConversationRow,
  conversationOf,
  conversationRows,
  inboxKey,
  type Member,
  membersItems,
  type Message,
  type MessageItem,
  messageItem,
  messageOf,
  messagesKey,
} from "./items.ts";

/** The messages table and a client for it. */
export interface MessagesTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** One page of a list, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor of the next page; undefined on the last page. */
  readonly cursor?: string;
}

export interface PageRequest {
  /** Maximum number of items, 1 to 1,000. Default: 20. */
  readonly limit?: number;
  /** Cursor from the previous page. Default: the first page. */
  readonly cursor?: string;
}

/** Another message of the conversation has the same creation time. Send the message again. */
export class MessageTimeTakenError extends Error {
  override readonly name = "MessageTimeTakenError";
}

/** Maximum members of a conversation: their rows, the members item and the first message fit into one transaction of 100 actions. */
export const MAXIMUM_MEMBERS = 98;

/** Access pattern A: the messages of a conversation. */
export const listMessages = (table: MessagesTable, conversationUuid: string, page?: PageRequest) =>
  queryNewestFirst(table, messagesKey(conversationUuid), (item) => messageOf(item as MessageItem), page);

/** Access pattern B: the inbox of a user. */
export const listConversations = (table: MessagesTable, memberUuid: string, page?: PageRequest) =>
  queryNewestFirst(table, inboxKey(memberUuid), (item) => conversationOf(item as ConversationRow), page);

/**
 * Access pattern C: starts a conversation with a message of the first member, in one transaction.
 * @param members 2 to 98.
 * @param conversationUuid Default: a random one.
 * @throws RangeError when there are too few or too many members, or one twice.
 */
export async function startConversation(
  { client, tableName }: MessagesTable,
  members: readonly [sender: Member, ...others: Member[]],
  text: string,
  conversationUuid: string = randomUUID(),
): Promise<Message> {
  const distinctCount = new Set(members.map(({ uuid }) => uuid)).size;
  if (distinctCount !== members.length || distinctCount < 2 || distinctCount > MAXIMUM_MEMBERS)
    throw new RangeError(
      `A conversation has 2 to ${MAXIMUM_MEMBERS} members, each once (given ${members.length}).`,
    );
  const first = newMessage(conversationUuid, members[0], text);
  await client.send(
    new TransactWriteCommand({
      TransactItems: [
        ...conversationRows(members, first),
        ...membersItems(members, conversationUuid),
        messageItem(first),
      ].map((Item) => ({
        Put: { TableName: tableName, Item, ConditionExpression: "attribute_not_exists(pk)" },
      })),
    }),
  );
  return first;
}

/**
 * Access pattern D: adds a message to a conversation. The stream function then moves the members' conversation rows.
 * @throws MessageTimeTakenError when another message of the conversation has the same creation time.
 */
export async function sendMessage(
  { client, tableName }: MessagesTable,
  conversationUuid: string,
  sender: Member,
  text: string,
): Promise<Message> {
  const message = newMessage(conversationUuid, sender, text);
  try {
    await client.send(
      new PutCommand({
        TableName: tableName,
        Item: messageItem(message),
        // A retry after a lost response finds its own message.
        ConditionExpression: "attribute_not_exists(pk) OR message_uuid = :uuid",
        ExpressionAttributeValues: { ":uuid": message.uuid },
      }),
    );
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException)
      throw new MessageTimeTakenError(
        `Conversation ${conversationUuid} already has a message created at ${message.createdAt}. Send it again.`,
      );
    throw error;
  }
  return message;
}

async function queryNewestFirst<Result>(
  { client, tableName }: MessagesTable,
  pk: string,
  read: (item: object) => Result,
  { limit = 20, cursor }: PageRequest = {},
): Promise<Page<Result>> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ScanIndexForward: false,
      Limit: limit,
      ...(cursor !== undefined && { ExclusiveStartKey: { pk, sk: cursor } }),
    }),
  );
  const items = Items.map((item) => read(item));
  return LastEvaluatedKey ? { items, cursor: LastEvaluatedKey["sk"] as string } : { items };
}

function newMessage(conversationUuid: string, sender: Member, text: string): Message {
  return { uuid: randomUUID(), conversationUuid, createdAt: currentTimestamp(), text, sender };
}

/** The time in microseconds. The clock has only milliseconds; random digits make it unlikely that two messages share a key. */
function currentTimestamp(): string {
  return new Date().toISOString().replace("Z", `${randomInt(1000).toString().padStart(3, "0")}Z`);
}
