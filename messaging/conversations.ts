import { randomInt, randomUUID } from "node:crypto";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import {
  type Conversation,
  type ConversationRow,
  conversationOf,
  conversationRows,
  inboxKey,
  type Member,
  type Message,
  type MessageItem,
  messageItem,
  messageOf,
  messagesKey,
} from "./items.ts";

/** The messages table and the client that reaches it. */
export interface MessagesTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** One page of a longer list, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Pass it on to get the page after this one; absent, this page is the last. */
  readonly cursor?: string;
}

/** Which page to read. */
export interface PageRequest {
  /** Most items on the page, 1 to 1,000. Default: 20. */
  readonly limit?: number;
  /** Where the page before this one ended. Default: begin with the newest. */
  readonly cursor?: string;
}

/** Another message of this conversation was created at the very same instant: send it again. */
export class MessageTimeTakenError extends Error {
  override readonly name = "MessageTimeTakenError";
}

/** Most members of a conversation: their rows and the first message are one transaction of 100 actions. */
export const MAXIMUM_MEMBERS = 99;

/** Access pattern A: the messages of a conversation. */
export async function listMessages(
  table: MessagesTable,
  conversationUuid: string,
  page: PageRequest = {},
): Promise<Page<Message>> {
  const { items, ...rest } = await newestFirst<MessageItem>(table, messagesKey(conversationUuid), page);
  return { items: items.map(messageOf), ...rest };
}

/** Access pattern B: the inbox of a user. */
export async function listConversations(
  table: MessagesTable,
  memberUuid: string,
  page: PageRequest = {},
): Promise<Page<Conversation>> {
  const { items, ...rest } = await newestFirst<ConversationRow>(table, inboxKey(memberUuid), page);
  return { items: items.map(conversationOf), ...rest };
}

/**
 * Access pattern C: a conversation of 2 to 99 members begins with a message of the first of them. All rows
 * and the message are there afterwards, or none.
 * @param conversationUuid Default: one that is drawn.
 */
export async function startConversation(
  { client, tableName }: MessagesTable,
  members: readonly [sender: Member, ...others: Member[]],
  text: string,
  conversationUuid: string = randomUUID(),
): Promise<Message> {
  const unlike = new Set(members.map(({ uuid }) => uuid)).size;
  if (unlike !== members.length || unlike < 2 || unlike > MAXIMUM_MEMBERS)
    throw new RangeError(
      `A conversation has 2 to ${MAXIMUM_MEMBERS} members, each once (given ${members.length}).`,
    );
  const first = newMessage(conversationUuid, members[0], text);
  await client.send(
    new TransactWriteCommand({
      TransactItems: [...conversationRows(members, first), messageItem(first)].map((Item) => ({
        Put: { TableName: tableName, Item, ConditionExpression: "attribute_not_exists(pk)" },
      })),
    }),
  );
  return first;
}

/**
 * Access pattern D: one more message. The inboxes follow when the stream function has seen it.
 * @throws MessageTimeTakenError when another message has this conversation and time.
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
        // A retry of this very message, whose answer was lost, is no clash.
        ConditionExpression: "attribute_not_exists(pk) OR message_uuid = :uuid",
        ExpressionAttributeValues: { ":uuid": message.uuid },
      }),
    );
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException)
      throw new MessageTimeTakenError(
        `Conversation ${conversationUuid} has another message of ${message.createdAt}.`,
      );
    throw error;
  }
  return message;
}

async function newestFirst<Item extends { sk: string }>(
  { client, tableName }: MessagesTable,
  pk: string,
  { limit = 20, cursor }: PageRequest,
): Promise<Page<Item>> {
  const { Items, LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ScanIndexForward: false,
      Limit: limit,
      ...(cursor !== undefined && { ExclusiveStartKey: { pk, sk: cursor } }),
    }),
  );
  const items = (Items ?? []) as Item[];
  return LastEvaluatedKey ? { items, cursor: LastEvaluatedKey["sk"] as string } : { items };
}

function newMessage(conversationUuid: string, sender: Member, text: string): Message {
  return { uuid: randomUUID(), conversationUuid, createdAt: instant(), text, sender };
}

/** Now, to the microsecond: the clock ends at milliseconds, so the rest is drawn, lest two messages share a key. */
function instant(): string {
  return new Date().toISOString().replace("Z", `${randomInt(1000).toString().padStart(3, "0")}Z`);
}
