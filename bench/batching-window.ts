import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { deployFunction } from "../__tests__/support/deployed-function.ts";
import { clientSettings } from "../__tests__/support/messages-table.ts";
import type { EmbeddedAws } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { listConversations, newMessage, sendMessage, startConversation } from "../messaging/conversations.ts";
import { INBOX_PREFIX, type Member } from "../messaging/items.ts";
import { alignColumns } from "./columns.ts";
import { startReading } from "./stream-reader.ts";

const WINDOWS_SECONDS = [0, 1, 2, 5];
const MESSAGES_PER_SECOND = [0.2, 1, 5, 20];
const SENDING_MILLISECONDS = 20_000;
const POLL_MILLISECONDS = 25;

/** Write units of a row that moves: two each for its delete and its put in a transaction, one each in the index. */
const UNITS_PER_ROW = 6;

type Deployed = Awaited<ReturnType<typeof deployFunction>>;

/**
 * Measures what the trigger's batching window does to the cost and the delay of a message: through the real trigger on the
 * embedded AWS, with a conversation of two for each rate.
 */
export async function benchBatchingWindow(): Promise<void> {
  const aws = await startEmbeddedAws();
  try {
    const rows: string[][] = [];
    for (const [index, window] of WINDOWS_SECONDS.entries())
      rows.push(...(await measureWindow(aws, window, index)));
    const headings = ["window", "messages a second", "write units a message", "mean delay", "longest delay"];
    console.log(alignColumns([headings, ...rows]).join("\n"));
  } finally {
    await aws.stop();
  }
}

async function measureWindow(aws: EmbeddedAws, window: number, index: number): Promise<string[][]> {
  const account = `${index + 1}`.repeat(12);
  const deployed = await deployFunction(aws, account);
  const readNew = await startReading(
    new DynamoDBStreamsClient(clientSettings(aws, account)),
    deployed.store.streamArn,
  );
  await deployed.connect({ MaximumBatchingWindowInSeconds: window });
  const measured = await Promise.all(MESSAGES_PER_SECOND.map((rate) => measureRate(deployed, rate)));
  const records = await readNew();
  return measured.map(({ rate, conversationUuid, delays }) => {
    const isMoved = ({ eventName, dynamodb }: (typeof records)[number]) =>
      eventName === "INSERT" &&
      dynamodb?.Keys?.["pk"]?.S?.startsWith(INBOX_PREFIX) === true &&
      dynamodb.NewImage?.["message_group_uuid"]?.S === conversationUuid;
    // The two rows of its start are no moves.
    const units = (records.filter(isMoved).length - 2) * UNITS_PER_ROW;
    const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(2)} s`;
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    return [
      `${window} s`,
      `${rate}`,
      (units / delays.length).toFixed(1),
      seconds(mean),
      seconds(Math.max(...delays)),
    ];
  });
}

/** Sends messages of a new conversation, and measures how long each takes to an inbox. */
async function measureRate({ store: { table } }: Deployed, rate: number) {
  const [one, two] = ["one", "two"].map((name) => ({
    uuid: `${name}-at-${rate}`,
    displayName: name,
    handle: name,
  })) as [Member, Member];
  const first = newMessage(crypto.randomUUID(), one, "first");
  const { conversationUuid } = await startConversation(table, [one, two], first);
  const waiting: { createdAt: string; sentAt: number }[] = [];
  const delays: number[] = [];
  const count = Math.max(1, Math.round((SENDING_MILLISECONDS / 1_000) * rate));
  const send = async () => {
    for (let sent = 0; sent < count; sent++) {
      const sentAt = Date.now();
      const { createdAt } = await sendMessage(table, newMessage(conversationUuid, one, `message ${sent}`));
      waiting.push({ createdAt, sentAt });
      await sleep(Math.max(0, 1_000 / rate - (Date.now() - sentAt)));
    }
  };
  const watch = async () => {
    while (delays.length < count) {
      const { items } = await listConversations(table, two.uuid);
      const movedAt = items[0]?.movedAt ?? "";
      while (waiting[0] && waiting[0].createdAt <= movedAt)
        delays.push(Date.now() - (waiting.shift()?.sentAt ?? 0));
      await sleep(POLL_MILLISECONDS);
    }
  };
  await Promise.all([send(), watch()]);
  return { rate, conversationUuid, delays };
}
