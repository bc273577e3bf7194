import { DeleteItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBRecord } from "aws-lambda";
import { MESSAGE_PREFIX } from "../messaging/items.ts";
import type { RowStore } from "../messaging/read-rows.ts";
import { CONVERSATION_INDEX } from "../messaging/tables.ts";

/**
 * The algorithm that the stream function replaces. For each message, it queries the index for one page of the
 * conversation's rows, and unconditionally deletes and puts each row.
 *
 * The benchmark and the property tests compare the stream function with it. Unlike the original implementation, it
 * processes every record of a batch and not only the first.
 *
 * @throws the client's error; it then skips the remaining records, and a row may be lost.
 */
export async function handleWithOriginalAlgorithm(
  store: RowStore,
  records: readonly DynamoDBRecord[],
): Promise<void> {
  for (const { eventName, dynamodb } of records) {
    const image = dynamodb?.NewImage;
    if (eventName === "REMOVE" || !image?.["pk"]?.S?.startsWith(MESSAGE_PREFIX)) continue;
    await moveRows(store, image);
  }
}

async function moveRows(
  { client, tableName: TableName }: RowStore,
  message: Readonly<Record<string, AttributeValue>>,
): Promise<void> {
  const { Items: rows = [] } = await client.send(
    new QueryCommand({
      TableName,
      IndexName: CONVERSATION_INDEX,
      KeyConditionExpression: "message_group_uuid = :conversation",
      ExpressionAttributeValues: {
        ":conversation": { S: (message["pk"]?.S ?? "").slice(MESSAGE_PREFIX.length) },
      },
    }),
  );
  const moved = { sk: { S: message["sk"]?.S ?? "" }, message: { S: message["message"]?.S ?? "" } };
  for (const { pk = { S: "" }, sk = { S: "" }, ...rest } of rows) {
    await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
    await client.send(new PutItemCommand({ TableName, Item: { ...rest, pk, ...moved } }));
  }
}
