import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { handleBatch } from "../lambdas/messaging-stream/handle-batch.ts";
import { KnownConversations } from "../lambdas/messaging-stream/known-conversations.ts";
import { MESSAGE_PREFIX } from "../messaging/items.ts";
import { handleLikeTheOriginal } from "./original-algorithm.ts";

/** One of the two that are measured: which records invoke it, and what it does with a batch of them. */
export interface Rival {
  readonly name: "the original" | "ours";
  /** The trigger's filter. */
  readonly isInvokedBy: (record: DynamoDBRecord) => boolean;
  readonly functionOn: (
    client: DynamoDBClient,
    tableName: string,
  ) => (records: DynamoDBRecord[]) => Promise<void>;
}

/** Its trigger has no filter: the rows that it writes invoke it again. */
export const original: Rival = {
  name: "the original",
  isInvokedBy: () => true,
  functionOn: (client, tableName) => (records) => handleLikeTheOriginal({ client, tableName }, records),
};

/** The stream function, cold at the first batch. */
export const ours: Rival = {
  name: "ours",
  isInvokedBy: ({ eventName, dynamodb }) =>
    eventName === "INSERT" && (dynamodb?.Keys?.["pk"]?.S ?? "").startsWith(MESSAGE_PREFIX),
  functionOn: (client, tableName) => {
    const streamFunction = { client, tableName, known: new KnownConversations() };
    return async (records) => {
      const context = { getRemainingTimeInMillis: () => 600_000 };
      const { batchItemFailures } = await handleBatch(streamFunction, { Records: records }, context);
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} conversations failed`);
    };
  },
};
