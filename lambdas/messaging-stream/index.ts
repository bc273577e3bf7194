import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBStreamHandler } from "aws-lambda";
import { MESSAGES_TABLE_NAME } from "../../messaging/stream-function-environment.ts";
import { lambdaCredentials } from "../sdk/lambda-credentials.ts";
import { handleBatch, type StreamFunction } from "./handle-batch.ts";
import { ConversationCache } from "./conversation-cache.ts";

const streamFunction: StreamFunction = {
  client: new DynamoDBClient({
    credentials: lambdaCredentials,
    // The standard mode retries with exponential backoff and jitter.
    retryMode: "standard",
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  }),
  tableName: required(MESSAGES_TABLE_NAME),
  known: new ConversationCache(),
};

export const handler: DynamoDBStreamHandler = (event, context) => handleBatch(streamFunction, event, context);

function required(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`The environment variable ${variable} must name the messages table.`);
  return value;
}
