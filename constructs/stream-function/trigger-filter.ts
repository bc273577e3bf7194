import { type ConversationRow, INBOX_PREFIX, MESSAGE_PREFIX } from "../../messaging/items.ts";
import { tableShapes } from "../../messaging/tables.ts";

const COUNT_OF_MEMBERS = "member_count" satisfies keyof ConversationRow;

const keyBeginsWith = (prefix: string) => ({
  [tableShapes.messages.partitionKey]: { S: [{ prefix }] },
});

/** New messages. */
const newMessages = { eventName: ["INSERT"], dynamodb: { Keys: keyBeginsWith(MESSAGE_PREFIX) } };

/**
 * New conversation rows of other writers, so that a row that appears after a message moves to it. The rows that the
 * function itself writes have the number of members, and don't invoke it.
 */
const newRowsOfOtherWriters = {
  eventName: ["INSERT"],
  dynamodb: {
    Keys: keyBeginsWith(INBOX_PREFIX),
    NewImage: { [COUNT_OF_MEMBERS]: { N: [{ exists: false }] } },
  },
};

/**
 * The patterns of the records that invoke the function; a record has to match one.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
 */
export const triggerFilter: readonly string[] = [newMessages, newRowsOfOtherWriters].map((pattern) =>
  JSON.stringify(pattern),
);
