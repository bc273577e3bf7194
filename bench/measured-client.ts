import {
  type AttributeValue,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  type TransactWriteItem,
  type TransactWriteItemsCommandInput,
} from "@aws-sdk/client-dynamodb";
import { unitsOf } from "../repair/capacity-limit.ts";

/** Calls to DynamoDB and the capacity units that they consumed. */
export interface Consumption {
  calls: number;
  indexQueries: number;
  tableReads: number;
  readUnits: number;
  /** Units of the table and the index. */
  writeUnits: number;
  /** Units of refused transactions. */
  wastedUnits: number;
}

/** Creates a client that adds up what its calls consume. */
export function measuredClient(settings: DynamoDBClientConfig) {
  const client = new DynamoDBClient(settings);
  const unmeasured = new DynamoDBClient(settings);
  const consumed: Consumption = {
    calls: 0,
    indexQueries: 0,
    tableReads: 0,
    readUnits: 0,
    writeUnits: 0,
    wastedUnits: 0,
  };
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (call) => {
        const input = { ...call.input, ReturnConsumedCapacity: "TOTAL" };
        consumed.calls += 1;
        const result = await next({ ...call, input }).catch(async (error: unknown) => {
          if (commandName === "TransactWriteItemsCommand")
            consumed.wastedUnits += await unitsOfRefused(unmeasured, input as TransactWriteItemsCommandInput);
          throw error;
        });
        if (!("ConsumedCapacity" in result.output))
          throw new Error(`The embedded AWS returns no consumed capacity of ${commandName}.`);
        if (/^(Get|Query|Scan)/.test(commandName)) {
          consumed["IndexName" in input ? "indexQueries" : "tableReads"] += 1;
          consumed.readUnits += unitsOf(result.output);
        } else consumed.writeUnits += unitsOf(result.output);
        return result;
      },
    { step: "initialize", name: "measure" },
  );
  return { client, consumed };
}

/**
 * The write units of a refused transaction. DynamoDB consumes them but doesn't return them: for each action what it would
 * have consumed on the table, by the size of the row that it found or would have written, and nothing on the index.
 */
async function unitsOfRefused(
  client: DynamoDBClient,
  { TransactItems = [] }: TransactWriteItemsCommandInput,
) {
  const units = TransactItems.map(async ({ Put, Delete, Update, ConditionCheck }: TransactWriteItem) => {
    const written = Put?.Item ?? {};
    const { pk, sk } = Put ? written : ((Delete ?? Update ?? ConditionCheck)?.Key ?? {});
    const { TableName } = Put ?? Delete ?? Update ?? ConditionCheck ?? {};
    const Key = { pk, sk } as Item;
    const { Item: found = {} } = await client.send(
      new GetItemCommand({ TableName, Key, ConsistentRead: true }),
    );
    return 2 * Math.max(1, Math.ceil(Math.max(sizeOf(found), sizeOf(written)) / 1_024));
  });
  return (await Promise.all(units)).reduce((sum, each) => sum + each, 0);
}

type Item = Readonly<Record<string, AttributeValue>>;

/** Bytes of an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function sizeOf(item: Item): number {
  const texts = Object.entries(item).flatMap(([name, { S, SS }]) => [name, ...(SS ?? [S ?? ""])]);
  const digits = Object.values(item).map(({ N }) => (N === undefined ? 0 : 1 + Math.ceil(N.length / 2)));
  return [...texts.map((text) => Buffer.byteLength(text)), ...digits].reduce((sum, each) => sum + each, 0);
}
