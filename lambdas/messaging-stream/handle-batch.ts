import { setMaxListeners } from "node:events";
import type { DynamoDBClient, DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { isCanary } from "../../messaging/canary.ts";
import { ConversationNotFoundError, moveConversation } from "../../messaging/move-conversation.ts";
import { KnownConversations } from "./known-conversations.ts";
import { log } from "./log.ts";
import { type ConversationInBatch, readRecords } from "./read-records.ts";

/** Conversations that are moved side by side. */
const SIDE_BY_SIDE = 8;

/** Time that one more conversation could need; with less left, it is reported instead of begun. */
const TIME_FOR_A_MOVE_MILLISECONDS = 2_000;

/** Time kept for the answer: what still runs then is reported as failed. */
const TIME_TO_ANSWER_MILLISECONDS = 500;

/** The function's time was nearly over; Lambda tries again. */
class OutOfTimeError extends Error {
  override readonly name = "OutOfTimeError";
}

/** Where the function works, and what it remembers from one batch to the next. */
export interface StreamFunction {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly known: KnownConversations;
}

/**
 * Handles one batch of the messages stream: every conversation in it is brought to its newest message.
 * A conversation that is not named in the answer is done; one that is named is tried again by Lambda.
 */
export async function handleBatch(
  { client, tableName, known }: StreamFunction,
  event: DynamoDBStreamEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<DynamoDBBatchResponse> {
  const { conversations, malformed } = readRecords(event.Records);
  const signal = AbortSignal.timeout(
    Math.max(0, context.getRemainingTimeInMillis() - TIME_TO_ANSWER_MILLISECONDS),
  );
  // Every conversation that is being moved listens to it.
  setMaxListeners(SIDE_BY_SIDE * 2, signal);
  const failed: string[] = malformed.map((record) => {
    log("ERROR", "record-malformed", { ...record });
    return record.sequenceNumber;
  });
  let written = 0;

  const settle = async ({ newest, sequenceNumber }: ConversationInBatch) => {
    const { conversationUuid } = newest;
    try {
      if (context.getRemainingTimeInMillis() < TIME_FOR_A_MOVE_MILLISECONDS)
        throw new OutOfTimeError("Too little time was left to begin.");
      const moved = await moveConversation(
        { client, tableName, signal },
        newest,
        known.get(conversationUuid),
      );
      known.set(conversationUuid, moved.rows);
      written += moved.written;
    } catch (error) {
      known.delete(conversationUuid);
      // A smoke test takes its rows away again, and may have given up waiting for this very record.
      if (error instanceof ConversationNotFoundError && isCanary(conversationUuid)) return;
      failed.push(sequenceNumber);
      log("ERROR", "conversation-failed", { conversationUuid, sequenceNumber, error: describe(error) });
    }
  };
  const waiting = conversations.values();
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (const conversation of waiting) await settle(conversation);
    }),
  );

  log("INFO", "batch", {
    records: event.Records.length,
    conversations: conversations.length,
    rowsWritten: written,
    failed: failed.length,
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Names and numbers alone: what DynamoDB says of an item can hold the text of a message. */
function describe(error: unknown) {
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
