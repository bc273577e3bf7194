import type { DynamoDBRecord, StreamRecord } from "aws-lambda";
import { INBOX_PREFIX, MESSAGE_PREFIX } from "../../messaging/items.ts";
import { isInFuture } from "../../messaging/message-time.ts";
import { type NewestMessage, readMessage } from "../../messaging/read-message.ts";
import { sentAt } from "./inbox-delay.ts";

/** A conversation with new messages, or with rows of other writers, in the batch. */
export interface ConversationInBatch {
  readonly conversationUuid: string;
  /** Sequence number of its first record in the batch, from which Lambda retries. */
  readonly sequenceNumber: string;
  /** The newest of its messages in the batch. */
  newest?: NewestMessage;
  /** Its new messages in the batch. */
  readonly messages: MessageRecord[];
  /** Sort keys of rows that another writer has put, by member. */
  readonly appeared: Map<string, string>;
}

/** The record of a message. */
export interface MessageRecord {
  readonly sequenceNumber: string;
  readonly pk: string;
  readonly sk: string;
  /** When the message was written, in milliseconds since 1970. */
  readonly writtenAt: number;
  /** When it was sent, as far as that can be said: see `sentAt`. */
  readonly sentAt: number;
}

/** A record that no retry can make usable. */
export interface RefusedRecord extends MessageRecord {
  readonly reason: string;
}

/** Reads a batch: its conversations, in the order of their first record, and the records to refuse. */
export function readRecords(records: readonly (DynamoDBRecord | null)[]): {
  conversations: ConversationInBatch[];
  refused: RefusedRecord[];
} {
  const conversations = new Map<string, ConversationInBatch>();
  const refused: RefusedRecord[] = [];
  const conversationOf = (conversationUuid: string, sequenceNumber: string): ConversationInBatch => {
    const known = conversations.get(conversationUuid);
    const conversation = known ?? { conversationUuid, sequenceNumber, messages: [], appeared: new Map() };
    conversations.set(conversationUuid, conversation);
    return conversation;
  };
  for (const { eventName, dynamodb = {} } of records.filter((record) => record !== null)) {
    if (eventName !== "INSERT") continue;
    const keys = keysOf(dynamodb);
    const rowOf = keys.pk.startsWith(INBOX_PREFIX) ? conversationOfAppearedRow(dynamodb) : undefined;
    if (rowOf !== undefined) {
      const member = keys.pk.slice(INBOX_PREFIX.length);
      conversationOf(rowOf, keys.sequenceNumber).appeared.set(member, keys.sk);
    }
    if (!keys.pk.startsWith(MESSAGE_PREFIX)) continue;
    const { message, writtenAt, faults } = readMessageRecord(dynamodb);
    const record = { ...keys, writtenAt, sentAt: sentAt(message.createdAt, writtenAt) };
    if (faults.length > 0) {
      refused.push({ ...record, reason: faults.join(", ") });
      continue;
    }
    const conversation = conversationOf(message.conversationUuid, keys.sequenceNumber);
    conversation.messages.push(record);
    if (message.createdAt > (conversation.newest?.createdAt ?? "")) conversation.newest = message;
  }
  return { conversations: [...conversations.values()], refused };
}

const keysOf = ({ Keys: keys = {}, SequenceNumber: sequenceNumber = "" }: StreamRecord) => ({
  pk: keys["pk"]?.S ?? "",
  sk: keys["sk"]?.S ?? "",
  sequenceNumber,
});

/** The conversation of a row whose writer doesn't count members; the function's own rows have the count. */
const conversationOfAppearedRow = ({ NewImage: image = {} }: StreamRecord) =>
  image["member_count"] ? undefined : image["message_group_uuid"]?.S;

function readMessageRecord({
  ApproximateCreationDateTime: seconds,
  Keys: keys,
  NewImage: image,
}: StreamRecord) {
  const { message, faults } = readMessage({ ...image, ...keys });
  const writtenAt = seconds === undefined ? Date.now() : seconds * 1_000;
  if (isInFuture(message.createdAt, writtenAt))
    faults.push("sk is more than five minutes after the message was written");
  return { message, writtenAt, faults };
}
