import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { inboxKey, messagesKey } from "../../messaging/items.ts";

/** A message, in a test's terms. */
export interface MessageFixture {
  readonly conversation: string;
  readonly sender: string;
  readonly time: string;
  /** How long ago its record was written. Default: the record doesn't say. */
  readonly secondsOld?: number;
}

/** The text of the message created at a time. */
export const textOf = (time: string) => `text of ${time}`;

/** The stream record of a new message. */
export function recordOf(
  { conversation, sender, time, secondsOld }: MessageFixture,
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
      ...(secondsOld !== undefined && { ApproximateCreationDateTime: Date.now() / 1_000 - secondsOld }),
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

/** The stream record of a new conversation row; without `memberCount`, of a writer that doesn't count members. */
export function rowRecordOf(
  row: {
    readonly conversation: string;
    readonly member: string;
    readonly time: string;
    readonly memberCount?: number;
  },
  sequenceNumber: string,
): DynamoDBRecord {
  const keys = { pk: { S: inboxKey(row.member) }, sk: { S: row.time } };
  const count = row.memberCount === undefined ? {} : { member_count: { N: `${row.memberCount}` } };
  const NewImage = { ...keys, message_group_uuid: { S: row.conversation }, ...count };
  return {
    eventName: "INSERT",
    dynamodb: { SequenceNumber: sequenceNumber, Keys: keys, NewImage },
  };
}

/** A batch of new messages with the sequence numbers 1, 2, 3, … */
export const batchOf = (...messages: readonly MessageFixture[]): DynamoDBStreamEvent => ({
  Records: messages.map((message, index) => recordOf(message, `${index + 1}`)),
});
