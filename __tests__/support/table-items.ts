import { PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Row, RowStore } from "../../messaging/read-rows.ts";

/** Every item of a small table. */
export async function itemsOf({ client, tableName }: RowStore): Promise<Row[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
  return Items;
}

/** Puts items as they are. */
export async function putItems({ client, tableName }: RowStore, items: readonly Row[]): Promise<void> {
  await Promise.all(
    items.map((item) => client.send(new PutItemCommand({ TableName: tableName, Item: { ...item } }))),
  );
}
