import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

/** Cost of calls to DynamoDB. */
export interface Cost {
  /** Number of calls, including retries. */
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

interface Output {
  readonly ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
  readonly $metadata?: { readonly attempts?: number };
}

interface ConsumedCapacity {
  readonly CapacityUnits?: number;
}

/** Creates a client that adds up the cost of its calls. */
export function measuredClient(settings: DynamoDBClientConfig): { client: DynamoDBClient; cost: () => Cost } {
  const client = new DynamoDBClient(settings);
  let [calls, readUnits, writeUnits] = [0, 0, 0];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        const input = { ...call.input, ReturnConsumedCapacity: "TOTAL" };
        const result = await next({ ...call, input });
        const { ConsumedCapacity: consumed, $metadata } = result.output as Output;
        const units = [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
        calls += $metadata?.attempts ?? 1;
        if (commandName === "QueryCommand") readUnits += units;
        else writeUnits += units;
        return result;
      },
    { step: "initialize", name: "measure" },
  );
  return { client, cost: () => ({ calls, readUnits, writeUnits }) };
}
