import { PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { type ConversationRow, inboxKey } from "../../messaging/items.ts";
import type { RowStore } from "../../messaging/move-conversation.ts";

/** What every conversation row has, whoever wrote it. */
type RequiredAttribute = keyof Omit<ConversationRow, "member_count" | "member_uuids" | "message_created_at">;

/** A conversation row as a writer of before puts it, in a test's terms. */
export interface RowFixture {
  readonly conversation: string;
  readonly member: string;
  readonly other: string;
  readonly time: string;
  readonly text?: string;
  /** All members, in a conversation of more than two. */
  readonly everyone?: readonly string[];
}

/** Puts a conversation row without conditions. */
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
