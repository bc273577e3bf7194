import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { handleBatch } from "../lambdas/messaging-stream/handle-batch.ts";
import { ConversationCache } from "../lambdas/messaging-stream/conversation-cache.ts";
import { readRecords } from "../lambdas/messaging-stream/read-records.ts";
import { handleWithOriginalAlgorithm } from "./original-algorithm.ts";

/** An algorithm to measure: the filter of its trigger and its batch handler. */
export interface Algorithm {
  readonly name: "original" | "current";
  /** Whether the trigger passes this record to the function. */
  readonly matchesFilter: (record: DynamoDBRecord) => boolean;
  readonly createHandler: (
    client: DynamoDBClient,
    tableName: string,
  ) => (records: DynamoDBRecord[]) => Promise<void>;
}

/** Its trigger has no filter, so the rows that it writes invoke it again. */
export const original: Algorithm = {
  name: "original",
  matchesFilter: () => true,
  createHandler: (client, tableName) => (records) =>
    handleWithOriginalAlgorithm({ client, tableName }, records),
};

/** The stream function, starting with an empty cache. */
export const current: Algorithm = {
  name: "current",
  matchesFilter: (record) => Object.values(readRecords([record])).some(({ length }) => length > 0),
  createHandler: (client, tableName) => {
    const streamFunction = { client, tableName, known: new ConversationCache() };
    return async (records) => {
      const context = { getRemainingTimeInMillis: () => 600_000 };
      const { batchItemFailures } = await handleBatch(streamFunction, { Records: records }, context);
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} conversations failed`);
    };
  },
};
