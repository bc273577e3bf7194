import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { inboxKey, MESSAGE_PREFIX } from "./items.ts";
import { instantOf } from "./message-time.ts";

/** A message to which the rows of its conversation move. */
export interface NewestMessage {
  readonly conversationUuid: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly text: string;
  readonly senderUuid: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAXIMUM_KEY_BYTES = 2_048;

/** Reads a message item in DynamoDB attribute values, with what makes it unusable: an attribute that lacks, or its time. */
export function readMessage(item: Readonly<Record<string, Pick<AttributeValue, "S">>>): {
  message: NewestMessage;
  faults: string[];
} {
  const faults: string[] = [];
  const text = (attribute: string) => {
    const value = item[attribute]?.S;
    if (value === undefined) faults.push(`no ${attribute}`);
    return value ?? "";
  };
  const message = {
    conversationUuid: text("pk").slice(MESSAGE_PREFIX.length),
    createdAt: text("sk"),
    text: text("message"),
    senderUuid: text("user_uuid"),
  };
  if (message.conversationUuid === "") faults.push("no conversation");
  if (Buffer.byteLength(inboxKey(message.senderUuid)) > MAXIMUM_KEY_BYTES)
    faults.push("user_uuid is longer than a key can be");
  if (instantOf(message.createdAt) === undefined) faults.push("sk is no ISO 8601 time");
  return { message, faults };
}
