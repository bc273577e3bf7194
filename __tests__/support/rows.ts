import { PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { type ConversationRow, inboxKey, MEMBERS_SORT_KEY, membersKey } from "../../messaging/items.ts";
import type { Row, RowStore } from "../../messaging/read-rows.ts";

/** What every conversation row has, whoever wrote it. */
type RequiredAttribute = keyof Omit<ConversationRow, "member_count" | "member_uuids" | "message_created_at">;

/** A conversation row, in a test's terms. */
export interface RowFixture {
  readonly conversation: string;
  readonly member: string;
  readonly other: string;
  readonly time: string;
  readonly text?: string;
  /** All members, as rows of larger conversations had them before. */
  readonly everyone?: readonly string[];
  /** Default: none, as in rows of the existing application. */
  readonly memberCount?: number;
}

/** Puts a conversation row without conditions. */
export async function putRow({ client, tableName }: RowStore, row: RowFixture): Promise<void> {
  const { conversation, member, other, time, text = `text of ${time}`, everyone, memberCount } = row;
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
        ...(memberCount !== undefined && { member_count: { N: `${memberCount}` } }),
      } satisfies Record<RequiredAttribute, unknown> & Record<string, unknown>,
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

/** Puts the list of a conversation's members. */
export async function putMembers(
  { client, tableName }: RowStore,
  conversation: string,
  members: readonly string[],
): Promise<void> {
  const key = { pk: { S: membersKey(conversation) }, sk: { S: MEMBERS_SORT_KEY } };
  const Item = { ...key, member_uuids: { SS: [...members] } };
  await client.send(new PutItemCommand({ TableName: tableName, Item }));
}

/** Puts the message of a stream record. */
export async function putMessage({ client, tableName }: RowStore, record: DynamoDBRecord): Promise<void> {
  const Item = record.dynamodb?.NewImage as Row;
  await client.send(new PutItemCommand({ TableName: tableName, Item: { ...Item } }));
}

/** A member's rows of a conversation as "time text", oldest first. */
export async function rowsOf(
  { client, tableName }: RowStore,
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
