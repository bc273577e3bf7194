import { setMaxListeners } from "node:events";
import type { DynamoDBClient, DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { isCanary } from "../../messaging/canary.ts";
import {
  ConversationNotFoundError,
  type KnownRows,
  moveConversation,
  moveToNewest,
} from "../../messaging/move-conversation.ts";
import type { RowStore } from "../../messaging/read-rows.ts";
import { ConversationCache } from "./conversation-cache.ts";
import { delaysOf } from "./inbox-delay.ts";
import { log } from "./log.ts";
import { countRefused, logBatch } from "./metrics.ts";
import { type ConversationInBatch, readRecords } from "./read-records.ts";

/** Number of conversations that are moved concurrently. */
const CONCURRENCY = 8;

/** With less time left, a conversation is reported as failed without an attempt to move it. */
const MINIMUM_MOVE_TIME_MILLISECONDS = 2_000;

/** Time reserved for the response: moves that are still running then are aborted and reported as failed. */
const RESPONSE_TIME_MILLISECONDS = 500;

/** Rows and first message are not always written at once: until then, a conversation without rows is retried. */
const NO_ROW_YET_MILLISECONDS = 60_000;

/** The invocation is close to its timeout; Lambda retries the conversation. */
class OutOfTimeError extends Error {
  override readonly name = "OutOfTimeError";
}

/** The messages table, and the cache that is shared by the invocations of one process. */
export interface StreamFunction {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly known: ConversationCache;
}

/**
 * Handles one batch of the messages stream: moves every conversation in it to its newest message. What no retry can
 * mend is refused: it is logged and counted, and holds up nothing else.
 * @returns the sequence numbers of the failed conversations, which Lambda retries.
 */
export async function handleBatch(
  { client, tableName, known }: StreamFunction,
  event: DynamoDBStreamEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<DynamoDBBatchResponse> {
  const records = (event.Records as DynamoDBStreamEvent["Records"] | null | undefined) ?? [];
  const { conversations, refused } = readRecords(records);
  const signal = AbortSignal.timeout(
    Math.max(0, context.getRemainingTimeInMillis() - RESPONSE_TIME_MILLISECONDS),
  );
  // Concurrent moves add listeners to the signal; above the limit, Node.js would print a warning.
  setMaxListeners(CONCURRENCY * 2, signal);
  const failed: string[] = [];
  const inboxDelays: number[] = [];
  let [messages, written] = [0, 0];

  const move = async (conversation: ConversationInBatch) => {
    const { conversationUuid, sequenceNumber } = conversation;
    try {
      if (context.getRemainingTimeInMillis() < MINIMUM_MOVE_TIME_MILLISECONDS)
        throw new OutOfTimeError("Too little time was left to begin.");
      const moved = await moveInBatch(
        { client, tableName, signal },
        conversation,
        known.get(conversationUuid),
      );
      messages += conversation.messages.length;
      if (!moved) return;
      known.set(conversationUuid, moved);
      written += moved.written;
      inboxDelays.push(...delaysOf(conversation.messages, moved.movedFrom));
    } catch (error) {
      known.delete(conversationUuid);
      const isWithoutRows = error instanceof ConversationNotFoundError;
      // A smoke test deletes its rows, perhaps before the function has read its record.
      if (isWithoutRows && isCanary(conversationUuid)) return;
      if (isWithoutRows && !mayStillBegin(conversation)) {
        const reason = "no member has a row";
        refused.push(...conversation.messages.map((record) => ({ ...record, reason })));
        return;
      }
      failed.push(sequenceNumber);
      log("ERROR", "conversation-failed", { conversationUuid, sequenceNumber, error: errorFields(error) });
    }
  };
  const queue = conversations.values();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const conversation of queue) await move(conversation);
    }),
  );

  for (const { sequenceNumber, pk, sk, reason } of refused)
    log("ERROR", "record-refused", { sequenceNumber, pk, sk, reason });
  if (refused.length > 0) countRefused(refused.length);
  logBatch(
    { messages, rowsWritten: written, inboxDelays },
    {
      records: records.length,
      conversations: conversations.length,
      refused: refused.length,
      failed: failed.length,
    },
  );
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

const moveInBatch = (
  store: RowStore,
  { conversationUuid, newest, appeared }: ConversationInBatch,
  known?: KnownRows,
) =>
  newest && appeared.size === 0
    ? moveConversation(store, newest, known)
    : moveToNewest(store, conversationUuid, appeared, newest);

/** Whether a conversation without rows is so new that they may still be to come. */
function mayStillBegin({ messages }: ConversationInBatch): boolean {
  const writtenAt = Math.max(...messages.map((record) => record.writtenAt));
  return Date.now() < writtenAt + NO_ROW_YET_MILLISECONDS;
}

/** Fields for the log. The message of a DynamoDB error is left out, since it can contain the text of a message. */
function errorFields(error: unknown) {
  if (!(error instanceof Error)) return { name: "Unknown" };
  const metadata =
    "$metadata" in error ? (error.$metadata as Partial<DynamoDBServiceException["$metadata"]>) : undefined;
  return metadata
    ? {
        name: error.name,
        status: metadata.httpStatusCode,
        requestId: metadata.requestId,
        attempts: metadata.attempts,
      }
    : { name: error.name, message: error.message };
}
