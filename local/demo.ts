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
  newMessage,
  sendMessage,
  startConversation,
} from "../messaging/conversations.ts";
import type { Conversation, Member } from "../messaging/items.ts";
import { person } from "./person.ts";

/** What the demo observed in one environment. */
export interface DemoResult {
  readonly people: readonly Member[];
  /** Inboxes in the order of `people`. */
  readonly before: readonly (readonly Conversation[])[];
  readonly after: readonly (readonly Conversation[])[];
  /** Time from the last message sent until all inboxes show it. */
  readonly movedAfterMilliseconds: number;
  readonly functionTotals: FunctionTotals;
}

/** Totals of what the function logged. */
interface FunctionTotals extends Batch {
  readonly invocations: number;
}

/** What the function logs of an invocation. */
interface Batch {
  readonly records: number;
  readonly rowsWritten: number;
}

const LOG_TIMEOUT_MILLISECONDS = 10_000;

/**
 * Starts three conversations among three people, sends messages in the oldest one and waits until the function has moved
 * it to the top of both members' inboxes.
 * @param timeout for the inboxes to move, in milliseconds. Default: 30,000.
 * @throws UserError when they don't move in time, or when the function writes no log.
 */
export async function runDemo(
  settings: CloudWatchLogsClientConfig & DynamoDBClientConfig,
  names: Names,
  timeout = 30_000,
): Promise<DemoResult> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  const table: MessagesTable = { client, tableName: names.tables.messages };
  const [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(person) as [Member, Member, Member];
  const people = [alice, bob];
  const inboxes = () =>
    Promise.all(people.map(async ({ uuid }) => (await listConversations(table, uuid)).items));

  const startedAt = Date.now();
  const start = (members: readonly [sender: Member, other: Member], text: string) =>
    startConversation(table, members, newMessage(randomUUID(), members[0], text));
  const { conversationUuid } = await start([alice, bob], "Shall we walk by the river on Sunday?");
  await start([carol, alice], "Did you see the northern lights?");
  await start([carol, bob], "Did you see the northern lights?");
  const before = await inboxes();

  const send = (sender: Member, text: string) =>
    sendMessage(table, newMessage(conversationUuid, sender, text));
  await send(bob, "Gladly. At nine?");
  const last = await send(alice, "At nine. I bring the thermos.");
  const sentAt = Date.now();
  let after = await inboxes();
  while (!after.every(([top]) => top?.uuid === conversationUuid && top.movedAt === last.createdAt)) {
    if (Date.now() > sentAt + timeout)
      throw new UserError(`The inboxes did not move within ${timeout / 1_000} seconds.`);
    await sleep(25);
    after = await inboxes();
  }
  const movedAfterMilliseconds = Date.now() - sentAt;
  const logs = new CloudWatchLogsClient(settings);
  const functionTotals = await readFunctionTotals(logs, names.logGroup, startedAt);
  return { people, before, after, movedAfterMilliseconds, functionTotals };
}

/** Messages sent: three that start conversations, and two more in the first. */
const MESSAGES = 5;

/**
 * Adds up the function's log lines since a time. It waits for all, since a log line comes after the last write; where
 * the embedded AWS lost one, as it can of two invocations at the same moment, it returns what there is.
 */
async function readFunctionTotals(
  logs: CloudWatchLogsClient,
  logGroupName: string,
  startTime: number,
): Promise<FunctionTotals> {
  const deadline = Date.now() + LOG_TIMEOUT_MILLISECONDS;
  for (;;) {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, startTime }));
    const batches = events.flatMap(({ message = "" }) =>
      message.includes('"event":"batch"') ? [JSON.parse(message) as Batch] : [],
    );
    const sum = (count: (batch: Batch) => number) =>
      batches.reduce((total, batch) => total + count(batch), 0);
    const records = sum((batch) => batch.records);
    const isOver = Date.now() > deadline;
    if (records >= MESSAGES || (isOver && batches.length > 0))
      return { invocations: batches.length, records, rowsWritten: sum((batch) => batch.rowsWritten) };
    if (isOver)
      throw new UserError(
        `The function wrote no log to ${logGroupName} within ${LOG_TIMEOUT_MILLISECONDS / 1_000} seconds.`,
      );
    await sleep(100);
  }
}
