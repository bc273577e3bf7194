import type { DynamoDBClient, QueryCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";

/** The commands that the stream function sends. */
export type Call = QueryCommand | TransactWriteItemsCommand;

/** A client that records every command that it sends, once `before` is done. */
export function recording(
  client: DynamoDBClient,
  before: (command: Call) => Promise<void> = () => Promise.resolve(),
): { client: DynamoDBClient; calls: Call[] } {
  const calls: Call[] = [];
  const send = async (command: Call, options?: object) => {
    await before(command);
    calls.push(command);
    return client.send(command as QueryCommand, options as never);
  };
  return { client: { send } as unknown as DynamoDBClient, calls };
}
