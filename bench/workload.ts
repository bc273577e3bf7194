import { randomUUID } from "node:crypto";
import { CreateTableCommand, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { clientSettings } from "../local/embedded-aws/embedded-aws.ts";
import { tableInput } from "../local/table-input.ts";
import {
  type ConversationRow,
  conversationRows,
  INBOX_PREFIX,
  type Member,
  type MembersItem,
  membersItems,
  type Message,
  type MessageItem,
  messageItem,
} from "../messaging/items.ts";
import { queryIndex, type RowStore } from "../messaging/read-rows.ts";
import { startReading } from "./stream-reader.ts";

/** Settings of the AWS SDK's clients. */
export type Settings = ReturnType<typeof clientSettings>;

/** Number of messages in a workload. */
export const MESSAGES = 100;

/** Messages in new conversations, and how they reach the functions. */
export interface Workload {
  readonly members: number;
  /** Default: all. */
  readonly messagesPerConversation?: number;
  /** Default: 1. */
  readonly messagesPerBatch?: number;
  /** Number of functions, each with a cache of its own, that take the batches one after the other. Default: 1. */
  readonly functions?: number;
  /** Which function gets the next batch. Default: they take turns. */
  readonly order?: "in turn" | "at random";
  /** Rows in each member's inbox; a tenth of the other conversations is newer than the first message. Default: 1. */
  readonly inboxRows?: number;
  /** Number of members that deleted the conversation from their inbox. Default: 0. */
  readonly absentMembers?: number;
  /** Whether every second text has 20 kB. Default: false. */
  readonly longTexts?: boolean;
  /** Whether the index shows each row as it was one batch ago. Default: false. */
  readonly lateIndex?: boolean;
}

/** A table for workloads that are measured one after the other. */
export type WorkloadTable = Awaited<ReturnType<typeof createTable>>;

/** Creates a messages table for workloads. */
export async function createTable(settings: Settings, tableName: string) {
  const store = { client: new DynamoDBClient(settings), tableName };
  const { TableDescription } = await store.client.send(
    new CreateTableCommand(tableInput("messages", tableName)),
  );
  const streams = new DynamoDBStreamsClient(settings);
  const readNew = await startReading(streams, TableDescription?.LatestStreamArn ?? "");
  const membersByInbox = new Map<number, Member[]>();

  /** Members for one conversation at a time: with it, each inbox has the number of rows. */
  async function membersWith(inboxRows: number, count: number): Promise<Member[]> {
    const members = membersByInbox.get(inboxRows) ?? [];
    membersByInbox.set(inboxRows, members);
    for (let index = members.length; index < count; index++) {
      const member = newMember(index);
      members.push(member);
      await putAll(store, otherConversations(member, inboxRows - 1));
    }
    return members.slice(0, count);
  }

  /**
   * Puts the conversations and the messages of a workload.
   * @returns `readNew`, which reads the new records of the stream, starting at the first message; `queryRows`, which
   * queries the conversations' rows; and `assertMoved`, which throws unless every member has one row of each conversation, at its newest
   * message, and then deletes the rows.
   */
  async function prepare({ members: count, messagesPerConversation = MESSAGES, ...workload }: Workload) {
    const { inboxRows = 1, absentMembers = 0, longTexts = false } = workload;
    const conversations: ReturnType<typeof newConversation>[] = [];
    for (let index = 0; index < MESSAGES / messagesPerConversation; index++) {
      const members =
        inboxRows === 1
          ? Array.from({ length: count }, (_, place) => newMember(place))
          : await membersWith(inboxRows, count);
      conversations.push(newConversation(members, messagesPerConversation, absentMembers, longTexts));
    }
    const rows = conversations.flatMap((each) => each.rows);
    const lists = conversations.flatMap((each) => each.lists);
    await putAll(store, [...rows, ...lists]);
    await readNew();
    // One message of each conversation at a time, as in concurrent conversations.
    const rounds = Array.from({ length: messagesPerConversation }, (_, round) =>
      conversations.flatMap(({ messages }) => messages[round] ?? []),
    );
    await putAll(store, rounds.flat());

    // The embedded AWS's index is never late.
    const queryRows = async () => {
      const found = [];
      for (const { uuid } of conversations) found.push(...(await queryIndex(store, uuid)).values());
      return found.flat();
    };
    const assertMoved = async () => {
      const newest = new Map<string, string | undefined>(
        conversations.map(({ uuid, messages }) => [uuid, messages.at(-1)?.sk]),
      );
      const found = await queryRows();
      const wrong = found.filter((row) => row["sk"]?.S !== newest.get(row["message_group_uuid"]?.S ?? ""));
      if (wrong.length > 0 || found.length !== rows.length)
        throw new Error(
          `${tableName}: ${found.length} rows, ${wrong.length} of them not at the newest message`,
        );
      const keys = [...found.map(({ pk, sk }) => ({ pk: pk?.S, sk: sk?.S })), ...lists];
      await writeAll(
        store,
        keys.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })),
      );
    };
    return { readNew, queryRows, assertMoved };
  }

  return { settings, tableName, prepare };
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

/** Puts items without conditions. */
export const putAll = (
  store: RowStore,
  items: readonly (ConversationRow | MembersItem | MessageItem)[],
): Promise<void> =>
  writeAll(
    store,
    items.map((item) => ({ PutRequest: { Item: { ...item } } })),
  );

type WriteRequest =
  | { readonly PutRequest: { readonly Item: Record<string, unknown> } }
  | { readonly DeleteRequest: { readonly Key: Record<string, unknown> } };

/** Writes in batches of 25, the maximum of a call. */
async function writeAll({ client, tableName }: RowStore, requests: readonly WriteRequest[]): Promise<void> {
  const documents = DynamoDBDocumentClient.from(client);
  for (let from = 0; from < requests.length; from += 25)
    await documents.send(
      new BatchWriteCommand({ RequestItems: { [tableName]: requests.slice(from, from + 25) } }),
    );
}

function newMember(index: number): Member {
  const uuid = randomUUID();
  return { uuid, displayName: `Person ${String(index).padStart(4, "0")}`, handle: uuid.slice(0, 8) };
}

function newMessage(conversationUuid: string, sender: Member, minutes: number, text = ""): Message {
  return {
    uuid: randomUUID(),
    conversationUuid,
    createdAt: new Date(Date.UTC(2026, 2, 1, 10) + 60_000 * minutes).toISOString(),
    text: `Shall we walk by the river on Sunday? I bring the thermos and the bread (${minutes}). ${text}`,
    sender,
  };
}

function newConversation(members: Member[], messageCount: number, absentMembers: number, longTexts: boolean) {
  const uuid = randomUUID();
  const present = members.slice(0, members.length - absentMembers);
  const messageAt = (minute: number) =>
    newMessage(
      uuid,
      present[minute % present.length] ?? newMember(0),
      minute,
      longTexts && minute % 2 === 1 ? "long ".repeat(4_000) : "",
    );
  return {
    uuid,
    rows: conversationRows(members, messageAt(0)).slice(0, present.length),
    lists: membersItems(members, uuid),
    messages: Array.from({ length: messageCount }, (_, index) => messageItem(messageAt(index + 1))),
  };
}

/** A member's rows of other conversations; the newest tenth have their newest messages among those of the workload. */
function otherConversations(member: Member, count: number): ConversationRow[] {
  return Array.from({ length: count }, (_, index) => {
    const place = Math.floor(count * 0.9) - index;
    const minutes = place > 0 ? -place : (-place * MESSAGES) / (count * 0.1) + 0.5;
    return conversationRows([member, newMember(index)], newMessage(randomUUID(), member, minutes))[0];
  }).filter((row) => row !== undefined);
}
