import { type DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { type ConversationRow, inboxKey } from "../../messaging/items.ts";
import type { RowStore } from "../../messaging/move-conversation.ts";

/** What a test says of a conversation row. */
export interface RowFixture {
  readonly conversation: string;
  readonly member: string;
  readonly other: string;
  readonly time: string;
  readonly text?: string;
  /** Everyone, in a conversation of more than two. */
  readonly everyone?: readonly string[];
}

/** Puts a conversation row where the application, or an earlier function, could have put it. */
export async function putRow({ client, tableName }: RowStore, row: RowFixture): Promise<void> {
  const { conversation, member, other, time, text = `text of ${time}`, everyone } = row;
  await client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: {
        pk: { S: inboxKey(member) },
        sk: { S: time },
        message_group_uuid: { S: conversation },
        message: { S: text },
        user_uuid: { S: other },
        user_display_name: { S: other.toUpperCase() },
        user_handle: { S: other },
        ...(everyone && { member_uuids: { SS: [...everyone] } }),
      } satisfies Record<keyof Omit<ConversationRow, "member_uuids">, unknown> & Record<string, unknown>,
    }),
  );
}

/** Puts one row for each of two members. */
export async function putPair(
  store: RowStore,
  conversation: string,
  [a, b]: readonly [string, string],
  time: string,
) {
  await putRow(store, { conversation, member: a, other: b, time });
  await putRow(store, { conversation, member: b, other: a, time });
}

/** "time text" of the rows that a member has of a conversation, oldest first. */
export async function rowsOf(
  { client, tableName }: { client: DynamoDBClient; tableName: string },
  member: string,
  conversation: string,
): Promise<string[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :inbox",
      ExpressionAttributeValues: { ":inbox": { S: inboxKey(member) } },
    }),
  );
  return Items.filter((row) => row["message_group_uuid"]?.S === conversation).map(
    (row) => `${row["sk"]?.S ?? ""} ${row["message"]?.S ?? ""}`,
  );
}
