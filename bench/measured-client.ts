import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { unitsOf } from "../repair/capacity-limit.ts";

/** Creates a client that adds up the number of its calls, including retries, and their capacity units. */
export function measuredClient(settings: DynamoDBClientConfig) {
  const client = new DynamoDBClient(settings);
  const cost = { calls: 0, readUnits: 0, writeUnits: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        const input = { ...call.input, ReturnConsumedCapacity: "TOTAL" };
        const result = await next({ ...call, input });
        cost.calls += result.output.$metadata.attempts ?? 1;
        cost[commandName === "QueryCommand" ? "readUnits" : "writeUnits"] += unitsOf(result.output);
        return result;
      },
    { step: "initialize", name: "measure" },
  );
  return { client, cost };
}
