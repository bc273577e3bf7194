import { randomUUID } from "node:crypto";
import { CreateTableCommand, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { clientSettings } from "../local/embedded-aws/embedded-aws.ts";
import { messagesTableInput } from "../local/messages-table.ts";
import {
  type ConversationRow,
  conversationRows,
  INBOX_PREFIX,
  type Member,
  type MessageItem,
  messageItem,
} from "../messaging/items.ts";
import type { RowStore } from "../messaging/move-conversation.ts";
import { startReading } from "./stream-reader.ts";

/** Settings of the AWS SDK's clients. */
export type Settings = ReturnType<typeof clientSettings>;

/** Number of messages in a workload, and the batch size. */
export const MESSAGES = 100;

/** A number of messages in new conversations. */
export interface Workload {
  readonly messagesPerConversation: number;
  readonly members: number;
}

export const workloads: readonly Workload[] = [1, 10, 100].flatMap((messagesPerConversation) =>
  [2, 20].map((members) => ({ messagesPerConversation, members })),
);

/**
 * Creates a table with the conversations and the messages of a workload.
 * @returns `readNew`, which reads the new records of its stream, starting at the first message, and `assertMoved`,
 * which throws unless every member has one row of each conversation, at its newest message.
 */
export async function prepareTable(settings: Settings, tableName: string, workload: Workload) {
  const store = { client: new DynamoDBClient(settings), tableName };
  const { TableDescription } = await store.client.send(new CreateTableCommand(messagesTableInput(tableName)));
  const conversations = Array.from({ length: MESSAGES / workload.messagesPerConversation }, () =>
    conversation(workload),
  );
  const rows = conversations.flatMap((each) => each.rows);
  await putAll(store, rows);
  const streams = new DynamoDBStreamsClient(settings);
  const readNew = await startReading(streams, TableDescription?.LatestStreamArn ?? "");
  const newest = new Map<string, string>(
    conversations.map(({ uuid, messages }) => [uuid, messages.at(-1)?.sk ?? ""]),
  );
  // One message of each conversation at a time, as in concurrent conversations.
  const rounds = Array.from({ length: workload.messagesPerConversation }, (_, round) =>
    conversations.flatMap(({ messages }) => messages[round] ?? []),
  );
  await putAll(store, rounds.flat());
  const assertMoved = async () => {
    const found = await scanRows(store);
    const wrong = found.filter((row) => row["sk"]?.S !== newest.get(row["message_group_uuid"]?.S ?? ""));
    if (wrong.length > 0 || found.length !== rows.length)
      throw new Error(
        `${tableName}: ${found.length} rows, ${wrong.length} of them not at the newest message`,
      );
  };
  return { readNew, assertMoved };
}

/** Every conversation row of the table. */
export async function scanRows({ client, tableName }: RowStore) {
  const scan = {
    TableName: tableName,
    ConsistentRead: true,
    FilterExpression: "begins_with(pk, :inbox)",
    ExpressionAttributeValues: { ":inbox": { S: INBOX_PREFIX } },
  };
  const rows = [];
  for await (const { Items = [] } of paginateScan({ client }, scan)) rows.push(...Items);
  return rows;
}

function conversation({ messagesPerConversation, members: count }: Workload) {
  const uuid = randomUUID();
  const member = (index: number): Member => {
    const own = `${uuid.slice(0, -2)}${String(index).padStart(2, "0")}`;
    return { uuid: own, displayName: `Person ${own.slice(-4)}`, handle: own.slice(-8) };
  };
  const members = Array.from({ length: count }, (_, index) => member(index));
  const messageAt = (minute: number) => ({
    uuid: randomUUID(),
    conversationUuid: uuid,
    createdAt: new Date(Date.UTC(2026, 2, 1, 10, minute)).toISOString(),
    text: `Shall we walk by the river on Sunday? I bring the thermos and the bread (${minute}).`,
    sender: member(minute % count),
  });
  return {
    uuid,
    rows: conversationRows(members, messageAt(0)),
    messages: Array.from({ length: messagesPerConversation }, (_, index) =>
      messageItem(messageAt(index + 1)),
    ),
  };
}

/** Puts items in batches of 25, the maximum of a call. */
export async function putAll({ client, tableName }: RowStore, items: (ConversationRow | MessageItem)[]) {
  const documents = DynamoDBDocumentClient.from(client);
  for (let from = 0; from < items.length; from += 25) {
    const puts = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
  }
}
