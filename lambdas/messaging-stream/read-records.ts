import type { AttributeValue, DynamoDBRecord } from "aws-lambda";
import { MESSAGE_PREFIX } from "../../messaging/items.ts";
import type { NewestMessage } from "../../messaging/plan-move.ts";

/** What a batch holds of one conversation. */
export interface ConversationInBatch {
  /** The newest of its messages in the batch; it stands for all of them. */
  readonly newest: NewestMessage;
  /** Sequence number of its first record: where a retry has to begin. */
  readonly sequenceNumber: string;
}

/** A record that says it is a message and isn't one. */
export interface MalformedRecord {
  readonly sequenceNumber: string;
  readonly missing: readonly string[];
}

/** The conversations of a batch, in the order in which they first appear, and what can't be read. */
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
    const earlier = conversations.get(message.conversationUuid);
    conversations.set(message.conversationUuid, {
      newest: earlier && earlier.newest.createdAt >= message.createdAt ? earlier.newest : message,
      sequenceNumber: earlier?.sequenceNumber ?? sequenceNumber,
    });
  }
  return { conversations: [...conversations.values()], malformed };
}

/** The trigger's filter lets nothing else through; a trigger without it must do no harm. */
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
