import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

/** What calls to DynamoDB cost. */
export interface Cost {
  /** Calls, each retry counted. */
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

interface Answer {
  readonly ConsumedCapacity?: Consumed | Consumed[];
  readonly $metadata?: { readonly attempts?: number };
}

interface Consumed {
  readonly CapacityUnits?: number;
}

/** A client that counts, by itself, what is done with it: the code that it is given to stays as it is. */
export function measuredClient(settings: DynamoDBClientConfig): { client: DynamoDBClient; cost: () => Cost } {
  const client = new DynamoDBClient(settings);
  let [calls, readUnits, writeUnits] = [0, 0, 0];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        const asked = { ...call.input, ReturnConsumedCapacity: "TOTAL" };
        const answer = await next({ ...call, input: asked });
        const { ConsumedCapacity: consumed, $metadata } = answer.output as Answer;
        const units = [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
        calls += $metadata?.attempts ?? 1;
        if (commandName === "QueryCommand") readUnits += units;
        else writeUnits += units;
        return answer;
      },
    { step: "initialize", name: "measure" },
  );
  return { client, cost: () => ({ calls, readUnits, writeUnits }) };
}
