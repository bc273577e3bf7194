import { randomUUID } from "node:crypto";
import { CreateTableCommand, type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import {
  type ConversationRow,
  conversationRows,
  INBOX_PREFIX,
  type Member,
  type MessageItem,
  messageItem,
} from "../messaging/items.ts";
import { messagesTableInput } from "../local/messages-table.ts";
import { tableShapes } from "../messaging/tables.ts";
import { StreamReader } from "./stream-reader.ts";

/** Messages that go through at once: a full batch of the trigger, as it is deployed. */
export const MESSAGES = 100;

/** Messages of conversations, all new. */
export interface Workload {
  readonly messagesPerConversation: number;
  readonly members: number;
}

/** Every workload that is measured. */
export const workloads: readonly Workload[] = [1, 10, 100].flatMap((messagesPerConversation) =>
  [2, 20].map((members) => ({ messagesPerConversation, members })),
);

/**
 * A table of its own for a workload, with the conversations begun and the messages sent.
 * @returns its stream, from the first of the messages on, and the time of the newest of each conversation.
 */
export async function prepareTable(
  client: DynamoDBClient,
  streams: DynamoDBStreamsClient,
  tableName: string,
  workload: Workload,
) {
  const streamArn = await createTable(client, tableName);
  const conversations = Array.from({ length: MESSAGES / workload.messagesPerConversation }, () =>
    conversation(workload),
  );
  await putAll(
    client,
    tableName,
    conversations.flatMap(({ rows }) => rows),
  );
  const stream = await StreamReader.startAtLatest(streams, streamArn);
  const newest = new Map(conversations.map(({ uuid, messages }) => [uuid, messages.at(-1)?.sk ?? ""]));
  // One of each conversation in turn, as people write side by side.
  const rounds = Array.from({ length: workload.messagesPerConversation }, (_, round) =>
    conversations.flatMap(({ messages }) => messages[round] ?? []),
  );
  await putAll(client, tableName, rounds.flat());
  return { stream, newest };
}

/** @throws if not every member has one row of each conversation, at its newest message. */
export async function assertMoved(
  client: DynamoDBClient,
  tableName: string,
  newest: ReadonlyMap<string, string>,
  { members }: Workload,
): Promise<void> {
  const scan = {
    TableName: tableName,
    FilterExpression: "begins_with(pk, :inbox)",
    ExpressionAttributeValues: { ":inbox": { S: INBOX_PREFIX } },
  };
  const rows = [];
  for await (const { Items = [] } of paginateScan({ client }, scan)) rows.push(...Items);
  const wrong = rows.filter((row) => row["sk"]?.S !== newest.get(row["message_group_uuid"]?.S ?? ""));
  if (wrong.length > 0 || rows.length !== newest.size * members)
    throw new Error(`${tableName}: ${rows.length} rows, ${wrong.length} of them not at the newest message`);
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

async function createTable(client: DynamoDBClient, tableName: string): Promise<string> {
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      ...messagesTableInput(tableName),
      StreamSpecification: { StreamEnabled: true, StreamViewType: tableShapes.messages.streamViewType },
    }),
  );
  return TableDescription?.LatestStreamArn ?? "";
}

async function putAll(client: DynamoDBClient, tableName: string, items: (ConversationRow | MessageItem)[]) {
  const documents = DynamoDBDocumentClient.from(client);
  for (let from = 0; from < items.length; from += 25) {
    const puts = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
  }
}
