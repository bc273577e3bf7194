import {
  DynamoDBClient,
  type DynamoDBClientConfig,
  type QueryCommandOutput,
  type TransactWriteItemsCommandOutput,
} from "@aws-sdk/client-dynamodb";

/** Creates a client that adds up the number of its calls, including retries, and their capacity units. */
export function measuredClient(settings: DynamoDBClientConfig) {
  const client = new DynamoDBClient(settings);
  const cost = { calls: 0, readUnits: 0, writeUnits: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        const input = { ...call.input, ReturnConsumedCapacity: "TOTAL" };
        const result = await next({ ...call, input });
        const output = result.output as QueryCommandOutput | TransactWriteItemsCommandOutput;
        const consumed = [output.ConsumedCapacity ?? []].flat();
        const units = consumed.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
        cost.calls += output.$metadata.attempts ?? 1;
        cost[commandName === "QueryCommand" ? "readUnits" : "writeUnits"] += units;
        return result;
      },
    { step: "initialize", name: "measure" },
  );
  return { client, cost };
}
