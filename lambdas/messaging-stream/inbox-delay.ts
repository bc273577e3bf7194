import { instantOf } from "../../messaging/message-time.ts";

/** A message, as far as its delay is about it. */
export interface SentMessage {
  readonly sk: string;
  /** When it was sent, in milliseconds since 1970. */
  readonly sentAt: number;
}

/** A stream record says the second in which it was written, rounded down. */
const ROUNDED_MILLISECONDS = 999;

/**
 * When a message was sent: its own time, if that is in the second in which DynamoDB has written it. Otherwise it was
 * imported, or the sender's clock is wrong: then the nearest time in that second.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
 * @param writtenAt milliseconds since 1970, of a whole second.
 */
export const sentAt = (createdAt: string, writtenAt: number): number =>
  Math.min(Math.max(instantOf(createdAt) ?? writtenAt, writtenAt), writtenAt + ROUNDED_MILLISECONDS);

/**
 * How long each message took that has just reached the inboxes of its conversation, in milliseconds.
 * @param movedFrom the earliest time from which a row was moved. Messages up to it were there before.
 */
export function delaysOf(messages: readonly SentMessage[], movedFrom: string | undefined): number[] {
  const now = Date.now();
  const arrived = messages.filter(({ sk }) => movedFrom !== undefined && sk > movedFrom);
  return arrived.map(({ sentAt }) => Math.max(0, now - sentAt));
}
