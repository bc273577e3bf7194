import { setTimeout as sleep } from "node:timers/promises";
import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { randomUUID } from "node:crypto";
import { UserError } from "../config/user-error.ts";
import type { Names } from "../config/names.ts";
import {
  listConversations,
  type MessagesTable,
  sendMessage,
  startConversation,
} from "../messaging/conversations.ts";
import type { Conversation, Member } from "../messaging/items.ts";

/** What the demo observed in one environment. */
export interface DemoResult {
  readonly people: readonly Member[];
  /** The inbox of each of the people, in their order. */
  readonly before: readonly (readonly Conversation[])[];
  readonly after: readonly (readonly Conversation[])[];
  /** From the last message sent to the last inbox right. */
  readonly movedAfterMilliseconds: number;
  readonly trigger: FunctionWork;
}

/** What the function said of its own work. */
export interface FunctionWork {
  readonly invocations: number;
  readonly records: number;
  readonly rowsWritten: number;
}

/** Within this time an inbox has to show a message, by default. */
const DEADLINE_MILLISECONDS = 30_000;

/**
 * Two people talk, while a third has written since: their conversation climbs back to the top of both inboxes,
 * because the trigger ran the function.
 * @param deadline in which the inboxes have to move, in milliseconds. Default: 30,000.
 * @throws UserError when they don't.
 */
export async function runDemo(
  settings: CloudWatchLogsClientConfig & DynamoDBClientConfig,
  names: Names,
  deadline = DEADLINE_MILLISECONDS,
): Promise<DemoResult> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  const table: MessagesTable = { client, tableName: names.tables.messages };
  const [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(person) as [Member, Member, Member];
  const people = [alice, bob];
  const inboxes = () =>
    Promise.all(people.map(async ({ uuid }) => (await listConversations(table, uuid)).items));

  const begun = Date.now();
  const { conversationUuid } = await startConversation(
    table,
    [alice, bob],
    "Shall we walk by the river on Sunday?",
  );
  await startConversation(table, [carol, alice], "Did you see the northern lights?");
  await startConversation(table, [carol, bob], "Did you see the northern lights?");
  const before = await inboxes();

  await sendMessage(table, conversationUuid, bob, "Gladly. At nine?");
  const last = await sendMessage(table, conversationUuid, alice, "At nine. I bring the thermos.");
  const sentAt = Date.now();
  let after = await inboxes();
  while (!after.every(([top]) => top?.uuid === conversationUuid && top.movedAt === last.createdAt)) {
    if (Date.now() > sentAt + deadline)
      throw new UserError(`The inboxes did not move within ${deadline / 1_000} seconds.`);
    await sleep(25);
    after = await inboxes();
  }
  const movedAfterMilliseconds = Date.now() - sentAt;
  const trigger = await triggerWork(new CloudWatchLogsClient(settings), names.logGroup, begun);
  client.destroy();
  return { people, before, after, movedAfterMilliseconds, trigger };
}

function person(displayName: string): Member {
  return { uuid: randomUUID(), displayName, handle: displayName.toLowerCase() };
}

/** Messages of the story: three that begin a conversation, and two in the one that moves. */
const MESSAGES = 5;

/** Adds up what the function logged since a time; its log line follows its last write by a moment. */
async function triggerWork(
  logs: CloudWatchLogsClient,
  logGroupName: string,
  startTime: number,
): Promise<FunctionWork> {
  const deadline = Date.now() + DEADLINE_MILLISECONDS;
  while (Date.now() < deadline) {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, startTime }));
    const batches = events.flatMap(({ message = "" }) =>
      message.includes('"event":"batch"') ? [JSON.parse(message) as Batch] : [],
    );
    const sum = (count: (batch: Batch) => number) =>
      batches.reduce((total, batch) => total + count(batch), 0);
    const rowsWritten = sum((batch) => batch.rowsWritten);
    const records = sum((batch) => batch.records);
    if (records >= MESSAGES) return { invocations: batches.length, records, rowsWritten };
    await sleep(100);
  }
  throw new UserError(
    `The function wrote no log into ${logGroupName} within ${DEADLINE_MILLISECONDS / 1_000} seconds.`,
  );
}

interface Batch {
  readonly records: number;
  readonly rowsWritten: number;
}
