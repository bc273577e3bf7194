import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBRecord } from "aws-lambda";
import { MESSAGE_PREFIX } from "../messaging/items.ts";
import { CONVERSATION_INDEX } from "../messaging/tables.ts";

/**
 * The algorithm that the stream function replaces: for every message in turn it asks the index for the rows of
 * the conversation, one page, and of each row deletes the old one, then puts the new one, without a condition.
 *
 * It is here to be measured, and to fail the properties that the stream function has. In one thing it is better
 * than the original was: it handles every record of a batch, not the first alone.
 *
 * @throws the client's error; the records after it are then not handled, and a row may be lost.
 */
export async function handleWithOriginalAlgorithm(
  store: { client: DynamoDBClient; tableName: string },
  records: readonly DynamoDBRecord[],
): Promise<void> {
  for (const { eventName, dynamodb } of records) {
    const image = dynamodb?.NewImage;
    if (eventName === "REMOVE" || !image?.["pk"]?.S?.startsWith(MESSAGE_PREFIX)) continue;
    await moveRows(store, image);
  }
}

async function moveRows(
  { client, tableName: TableName }: { client: DynamoDBClient; tableName: string },
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
