import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { messagesKey } from "../../messaging/items.ts";

/** A message as a test says it. */
export interface MessageFixture {
  readonly conversation: string;
  readonly sender: string;
  readonly time: string;
}

/** The text that a test's message of a time has. */
export const textOf = (time: string) => `text of ${time}`;

/** The stream's record of a new message. */
export function recordOf(
  { conversation, sender, time }: MessageFixture,
  sequenceNumber: string,
): DynamoDBRecord {
  const keys = { pk: { S: messagesKey(conversation) }, sk: { S: time } };
  return {
    eventID: sequenceNumber,
    eventName: "INSERT",
    eventSource: "aws:dynamodb",
    dynamodb: {
      SequenceNumber: sequenceNumber,
      StreamViewType: "NEW_IMAGE",
      Keys: keys,
      NewImage: {
        ...keys,
        message: { S: textOf(time) },
        message_uuid: { S: `uuid-${sequenceNumber}` },
        user_uuid: { S: sender },
        user_display_name: { S: sender },
        user_handle: { S: sender },
      },
    },
  };
}

/** A batch of messages, numbered 1, 2, 3, … in the stream. */
export const batchOf = (...messages: readonly MessageFixture[]): DynamoDBStreamEvent => ({
  Records: messages.map((message, index) => recordOf(message, `${index + 1}`)),
});
