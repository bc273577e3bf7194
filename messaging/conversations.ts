import { createHash, randomInt, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import type { AccessPattern } from "./access-patterns.ts";
import { type CachedReader, readerOf } from "./cache/cached-reader.ts";
import { checkMembers, checkMessage } from "./check-message.ts";
import {
  type ConversationRow,
  conversationOf,
  conversationRows,
  INBOX_PREFIX,
  inboxKey,
  type Member,
  type MembersItem,
  membersItems,
  type Message,
  type MessageItem,
  messageItem,
  messageOf,
  messagesKey,
} from "./items.ts";
import { laterBy } from "./message-time.ts";

/** The messages table and a client for it. */
export interface MessagesTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  /** Reads through the cache what bears it. Default: the table answers all. */
  readonly cache?: CachedReader;
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

/** The conversation was started already, with another message. Send this one with `sendMessage`. */
export class ConversationExistsError extends Error {
  override readonly name = "ConversationExistsError";
}

/**
 * Makes a message, which isn't sent yet. A caller makes it once, and may then hand it to `sendMessage` or
 * `startConversation` as often as it wants: it is written once.
 * @throws InvalidMessageError when the uuid of the conversation or the sender is empty, or the text is blank, has more
 * than 1,024 characters or isn't well-formed Unicode.
 */
export function newMessage(conversationUuid: string, sender: Member, text: string): Message {
  const message = { uuid: randomUUID(), conversationUuid, createdAt: currentTimestamp(), text, sender };
  checkMessage(message);
  return message;
}

/** Access pattern A: the messages of a conversation. */
export const listMessages = (table: MessagesTable, conversationUuid: string, page?: PageRequest) =>
  queryNewestFirst(
    "listMessages",
    table,
    messagesKey(conversationUuid),
    (item) => messageOf(item as MessageItem),
    page,
  );

/**
 * Access pattern B: the inbox of a user.
 *
 * A conversation that moves while a reader goes from page to page goes to the top, so the pages may lack it. To have all,
 * keep the newest row of each conversation and, after the last page, read again from the top down to a minute before the
 * first page was read; repeat that until it shows no conversation that the reader didn't have.
 */
export const listConversations = (table: MessagesTable, memberUuid: string, page?: PageRequest) =>
  queryNewestFirst(
    "listConversations",
    table,
    inboxKey(memberUuid),
    (item) => conversationOf(item as ConversationRow),
    page,
  );

/**
 * Access pattern C: starts a conversation with its first message, in one transaction.
 *
 * It may be tried again with the same message: where that is in the table, the conversation was started, and nothing is
 * written, since the rows may have moved on. In the inbox of a member with another conversation's row at the very same
 * time, the row gets a later sort key.
 *
 * @param members 2 to 98, with the sender of the message among them.
 * @returns the message.
 * @throws InvalidMessageError before any call; ConversationExistsError when the conversation has other items; or the
 * client's error.
 */
export async function startConversation(
  table: MessagesTable,
  members: readonly Member[],
  message: Message,
): Promise<Message> {
  checkMessage(message);
  checkMembers(members, message);
  const shifts = new Map<string, number>();
  let taken: readonly string[] = [];
  for (const shift of shiftsOf(message)) {
    for (const member of taken) shifts.set(member, shift);
    const items = [
      messageItem(message),
      ...membersItems(members, message.conversationUuid),
      ...conversationRows(members, message, shifts),
    ];
    const outcome = await putNewConversation(table, items, message);
    if (outcome === "done") return message;
    taken = outcome;
  }
  throw new Error(
    `Conversation ${message.conversationUuid} could not be started: its rows' keys were taken or busy at every try.`,
  );
}

/**
 * Access pattern D: adds a message to a conversation. The stream function then moves the members' conversation rows.
 *
 * It may be tried again with the same message, which is never written twice or overwritten, even where its text was
 * edited since. Where another message of the conversation has the same time, it gets a later one, the same at every try.
 *
 * @returns the message with the time at which it was written.
 * @throws InvalidMessageError before any call, or the client's error.
 */
export async function sendMessage({ client, tableName }: MessagesTable, message: Message): Promise<Message> {
  checkMessage(message);
  for (const shift of shiftsOf(message)) {
    const written = { ...message, createdAt: laterBy(shift, message.createdAt) };
    try {
      await client.send(
        new PutCommand({ TableName: tableName, Item: messageItem(written), ...UNLESS_IT_EXISTS }),
      );
      return written;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      if (isItemOf(message, error.Item)) return written;
    }
  }
  throw new Error(
    `Message ${message.uuid} could not be sent: its time was taken, and so were the later ones that were tried.`,
  );
}

/** The condition of every write: it never overwrites an item, and a refusal shows the item that is there. */
const UNLESS_IT_EXISTS = {
  ConditionExpression: "attribute_not_exists(pk)",
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
} as const;

/** An item that a refused write has found. */
type FoundItem = ConditionalCheckFailedException["Item"];

const isItemOf = ({ uuid }: Message, item: FoundItem) => item?.["message_uuid"]?.S === uuid;

/** Maximum microseconds by which a message is written later than its time: enough for a million messages at one time. */
const MAXIMUM_SHIFT = 4 ** 10;

/**
 * Microseconds after a message's time at which it is tried: 0, 1, then within ranges that grow fourfold, so that many
 * messages with the same time find free ones in few tries. They are computed from the message's uuid, so that a retry
 * finds what an earlier try has written.
 */
function* shiftsOf({ uuid }: Message): Generator<number> {
  yield 0;
  for (let range = 1; range <= MAXIMUM_SHIFT; range *= 4)
    yield 1 + (createHash("sha256").update(`${uuid} ${range}`).digest().readUInt32BE() % range);
}

/** Maximum pause after a conflict with another try of the same start. */
const MAXIMUM_PAUSE_MILLISECONDS = 100;

/**
 * Puts the items of a new conversation, the message first.
 * @returns the members in whose inbox the row's key is taken; none after a conflict with another try.
 */
async function putNewConversation(
  { client, tableName }: MessagesTable,
  items: readonly (MessageItem | MembersItem | ConversationRow)[],
  message: Message,
): Promise<"done" | string[]> {
  const { conversationUuid } = message;
  const TransactItems = items.map((Item) => ({ Put: { TableName: tableName, Item, ...UNLESS_IT_EXISTS } }));
  try {
    await client.send(new TransactWriteCommand({ TransactItems }));
    return "done";
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const reasons = error.CancellationReasons ?? [];
    if (isItemOf(message, reasons[0]?.Item)) return "done";
    if (reasons.some(({ Code }) => Code === "TransactionConflict")) {
      await sleep(Math.random() * MAXIMUM_PAUSE_MILLISECONDS);
      return [];
    }
    const found = reasons.flatMap(({ Item }) => (Item ? [Item] : []));
    if (found.length === 0) throw error;
    const conversationsFound = found.map((item) => item["message_group_uuid"]?.S ?? conversationUuid);
    if (conversationsFound.includes(conversationUuid))
      throw new ConversationExistsError(
        `Conversation ${conversationUuid} was started already, with another message. Send this one with sendMessage.`,
      );
    return found.map((row) => row["pk"]?.S?.slice(INBOX_PREFIX.length) ?? "");
  }
}

async function queryNewestFirst<Result>(
  pattern: AccessPattern,
  table: MessagesTable,
  pk: string,
  read: (item: object) => Result,
  { limit = 20, cursor }: PageRequest = {},
): Promise<Page<Result>> {
  const { Items = [], LastEvaluatedKey } = await readerOf(pattern, table).send(
    new QueryCommand({
      TableName: table.tableName,
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

/** The time in microseconds. The clock has only milliseconds; random digits make it unlikely that two messages share a key. */
function currentTimestamp(): string {
  return new Date().toISOString().replace("Z", `${randomInt(1000).toString().padStart(3, "0")}Z`);
}
