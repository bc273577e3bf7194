import type { AttributeValue, DynamoDBRecord } from "aws-lambda";
import { MESSAGE_PREFIX } from "../../messaging/items.ts";
import type { NewestMessage } from "../../messaging/plan-move.ts";

/** A conversation with new messages in the batch. */
export interface ConversationInBatch {
  /** The newest of its messages in the batch. */
  readonly newest: NewestMessage;
  /** Sequence number of its first record in the batch, from which Lambda retries. */
  readonly sequenceNumber: string;
}

/** A record of a message that lacks required attributes. */
export interface MalformedRecord {
  readonly sequenceNumber: string;
  readonly missing: readonly string[];
}

/** Reads the new messages of a batch: the conversations in the order of their first record, and malformed records. */
export function readRecords(records: readonly DynamoDBRecord[]): {
  conversations: ConversationInBatch[];
  malformed: MalformedRecord[];
} {
  const conversations = new Map<string, ConversationInBatch>();
  const malformed: MalformedRecord[] = [];
  for (const record of records.filter(isNewMessage)) {
    const sequenceNumber = record.dynamodb?.SequenceNumber ?? "";
    const { message, missing } = readMessage(record.dynamodb?.NewImage ?? {});
    if (missing.length > 0) {
      malformed.push({ sequenceNumber, missing });
      continue;
    }
    const previous = conversations.get(message.conversationUuid);
    conversations.set(message.conversationUuid, {
      newest: previous && previous.newest.createdAt >= message.createdAt ? previous.newest : message,
      sequenceNumber: previous?.sequenceNumber ?? sequenceNumber,
    });
  }
  return { conversations: [...conversations.values()], malformed };
}

/** Repeats the trigger's filter, in case the trigger has none. */
function isNewMessage(record: DynamoDBRecord): boolean {
  return record.eventName === "INSERT" && (record.dynamodb?.Keys?.["pk"]?.S ?? "").startsWith(MESSAGE_PREFIX);
}

function readMessage(image: Readonly<Record<string, AttributeValue>>): {
  message: NewestMessage;
  missing: string[];
} {
  const missing: string[] = [];
  const text = (attribute: string) => {
    const value = image[attribute]?.S;
    if (value === undefined) missing.push(attribute);
    return value ?? "";
  };
  const message = {
    conversationUuid: text("pk").slice(MESSAGE_PREFIX.length),
    createdAt: text("sk"),
    text: text("message"),
    senderUuid: text("user_uuid"),
  };
  return { message, missing };
}
