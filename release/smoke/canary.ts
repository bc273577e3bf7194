import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { CANARY_MEMBERS, CANARY_PREFIX, canaryUuid } from "../../messaging/canary.ts";
import {
  listConversations,
  listMessages,
  type MessagesTable,
  newMessage,
  sendMessage,
  startConversation,
} from "../../messaging/conversations.ts";
import { type ConversationRow, inboxKey, type Message, messagesKey } from "../../messaging/items.ts";

/** One thing that a smoke test looked at. */
export interface Check {
  readonly what: string;
  /** What is wrong, one line each; none, when it is right. */
  readonly faults: readonly string[];
}

/** Where a canary is sent, and for how long it is waited for. */
export interface CanaryRun {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly deadlineSeconds: number;
  /** Stops waiting; the canary is removed all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** Age at which another run's canary is removed: no run takes so long. */
const STALE_CANARY_MILLISECONDS = 3_600_000;

const POLL_MILLISECONDS = 100;

/**
 * Sends a conversation of two canaries through all access patterns: it is started (C), gets a message (D), the trigger
 * moves it (E), both inboxes show it (B), and its messages are read (A). Then it is removed, whatever happened. After a
 * failed step no other is tried.
 */
export async function runCanary(run: CanaryRun): Promise<Check[]> {
  const table = { client: DynamoDBDocumentClient.from(run.client), tableName: run.tableName };
  const conversation = canaryUuid();
  const checks: Check[] = [];
  const step: Step = async (what, work) => {
    try {
      const result = await work();
      checks.push({ what, faults: [] });
      return result;
    } catch (error) {
      const fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      checks.push({ what, faults: [fault] });
      throw new StepFailedError();
    }
  };
  try {
    await runSteps(table, conversation, run, step);
  } catch (error) {
    if (!(error instanceof StepFailedError)) throw error;
  } finally {
    await step("the canary is removed", () => removeCanaries(table, conversation)).catch(() => undefined);
  }
  return checks;
}

type Step = <Result>(what: string, work: () => Promise<Result>) => Promise<Result>;

/** Ends the steps; the failure itself is in the checks. */
class StepFailedError extends Error {}

async function runSteps(
  table: MessagesTable,
  conversation: string,
  run: CanaryRun,
  step: Step,
): Promise<void> {
  const [one, two] = CANARY_MEMBERS;
  const first = await step("C: a conversation is started", () =>
    startConversation(table, CANARY_MEMBERS, newMessage(conversation, one, "canary: first")),
  );
  const last = await step("D: a message is sent", () =>
    sendMessage(table, newMessage(conversation, two, "canary: last")),
  );
  await step("E: the trigger moves the conversation in both inboxes", () => waitUntilMoved(table, last, run));
  await step("B: both inboxes show it once, with the last message", async () => {
    for (const { uuid } of CANARY_MEMBERS) {
      const shown = (await inboxOf(table, uuid)).filter((row) => row.uuid === conversation);
      if (shown.length !== 1) throw new Error(`an inbox shows it ${shown.length} times`);
      if (shown[0]?.newestText !== last.text) throw new Error("an inbox shows another text");
    }
  });
  await step("A: its messages are read, newest first", async () => {
    const { items } = await listMessages(table, conversation);
    if (items.map(({ uuid }) => uuid).join() !== [last.uuid, first.uuid].join())
      throw new Error(`${items.length} messages were read, not the two that were sent`);
  });
}

async function waitUntilMoved(table: MessagesTable, last: Message, run: CanaryRun): Promise<void> {
  const deadline = Date.now() + run.deadlineSeconds * 1_000;
  for (;;) {
    const inboxes = await Promise.all(CANARY_MEMBERS.map(({ uuid }) => inboxOf(table, uuid)));
    const behind = inboxes.filter(
      (rows) => !rows.some((row) => row.uuid === last.conversationUuid && row.movedAt >= last.createdAt),
    );
    if (behind.length === 0) return;
    if (run.signal?.aborted) throw new Error("interrupted");
    if (Date.now() > deadline)
      throw new Error(`${behind.length} of 2 inboxes did not move within ${run.deadlineSeconds} seconds`);
    await sleep(POLL_MILLISECONDS);
  }
}

const inboxOf = async (table: MessagesTable, member: string) =>
  (await listConversations(table, member, { limit: 100 })).items;

/** Removes a canary conversation, and those of killed runs. Rows go last, since the rest is found through them. */
async function removeCanaries({ client, tableName }: MessagesTable, conversation: string): Promise<void> {
  const longAgo = new Date(Date.now() - STALE_CANARY_MILLISECONDS).toISOString();
  const keysOf = async <Item extends { pk: string; sk: string }>(pk: string) => {
    const items: Item[] = [];
    const query = {
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
    };
    for await (const { Items = [] } of paginateQuery({ client }, query)) items.push(...(Items as Item[]));
    return items;
  };
  const rows = await Promise.all(CANARY_MEMBERS.map(({ uuid }) => keysOf<ConversationRow>(inboxKey(uuid))));
  const mine = rows.flat().filter((row) => row.message_group_uuid === conversation || row.sk < longAgo);
  const conversations = new Set([conversation, ...mine.map((row) => row.message_group_uuid)]);
  const messages = await Promise.all([...conversations].map((uuid) => keysOf(messagesKey(uuid))));
  for (const { pk, sk } of [...messages.flat(), ...mine]) {
    if (!pk.slice(pk.indexOf("#") + 1).startsWith(CANARY_PREFIX))
      throw new Error(`${pk} is not of a canary, so it is not deleted`);
    await client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
  }
}
