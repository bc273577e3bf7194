import type { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { z } from "zod";
import type { RowStore } from "../messaging/read-rows.ts";
import { repairOne } from "./repair-table.ts";
import type { Repair } from "./repair-conversation.ts";
import { conversationsIn, RecordsGoneError, streamRangeSchema } from "./stream-range.ts";

/** What a redrive works with. */
export interface Redrive {
  readonly store: RowStore;
  readonly streams: DynamoDBStreamsClient;
  readonly queue: SQSClient;
  readonly queueName: string;
  /** Also deletes entries whose records are gone; only after the whole table was repaired. */
  readonly deleteGone: boolean;
  /** Called for each entry, once it is processed. */
  readonly onEntry: (entry: RedrivenEntry) => void;
}

/** What became of one entry of the dead-letter queue. */
export interface RedrivenEntry {
  /** Which it is: shard and sequence numbers where it has any. */
  readonly name: string;
  /**
   * done: all that its records touch is right, and it was deleted; left: something needs a person; gone: the
   * stream no longer has its records; foreign: it is not the trigger's.
   */
  readonly state: "done" | "left" | "gone" | "foreign";
  readonly deleted: boolean;
  readonly repairs: readonly Repair[];
}

/** What the trigger sends: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
const entrySchema = z.object({ DDBStreamBatchInfo: streamRangeSchema });

/** How long an entry in process is hidden from others; processing it twice does no harm. */
const VISIBILITY_TIMEOUT_SECONDS = 900;

/**
 * Takes the entries of the dead-letter queue and repairs the conversations that their records touch, as `repair`
 * does: from the table. An entry is deleted once all of that is right; any other is put back.
 *
 * @throws the client's error; the entry in hand then comes back to the queue by itself.
 */
export async function redrive(run: Redrive): Promise<void> {
  const { queue, queueName, deleteGone, onEntry } = run;
  const { QueueUrl } = await queue.send(new GetQueueUrlCommand({ QueueName: queueName }));
  const putBack: (string | undefined)[] = [];
  for (let message; (message = await receive(queue, QueueUrl));) {
    const entry = await processEntry(run, message);
    const deleted = entry.state === "done" || (entry.state === "gone" && deleteGone);
    const { ReceiptHandle } = message;
    if (deleted) await queue.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    else putBack.push(ReceiptHandle);
    onEntry({ ...entry, deleted });
  }
  // Only now, or this run would receive them again.
  for (const ReceiptHandle of putBack)
    await queue.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
}

async function receive(queue: SQSClient, QueueUrl: string | undefined): Promise<Message | undefined> {
  const { Messages } = await queue.send(
    // Long polling: SQS then asks all of its servers.
    new ReceiveMessageCommand({
      QueueUrl,
      WaitTimeSeconds: 2,
      VisibilityTimeout: VISIBILITY_TIMEOUT_SECONDS,
    }),
  );
  return Messages?.[0];
}

async function processEntry(
  { store, streams }: Redrive,
  { Body, MessageId = "" }: Message,
): Promise<Omit<RedrivenEntry, "deleted">> {
  const parsed = entrySchema.safeParse(parse(Body));
  if (!parsed.success) return { name: MessageId, state: "foreign", repairs: [] };
  const range = parsed.data.DDBStreamBatchInfo;
  const name = `${range.shardId} ${range.startSequenceNumber} to ${range.endSequenceNumber}`;
  try {
    const repairs: Repair[] = [];
    for (const conversationUuid of await conversationsIn(streams, range))
      repairs.push(await repairOne(store, conversationUuid));
    return { name, state: repairs.some(({ left }) => left.length > 0) ? "left" : "done", repairs };
  } catch (error) {
    if (error instanceof RecordsGoneError) return { name, state: "gone", repairs: [] };
    throw error;
  }
}

function parse(body = ""): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
