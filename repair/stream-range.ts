import { setTimeout as sleep } from "node:timers/promises";
import {
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type _Record,
  TrimmedDataAccessException,
} from "@aws-sdk/client-dynamodb-streams";
import { z } from "zod";
import { MESSAGE_PREFIX } from "../messaging/items.ts";

/** Records of a stream, from the first to the last sequence number, both included. */
export const streamRangeSchema = z.object({
  streamArn: z.string(),
  shardId: z.string(),
  startSequenceNumber: z.string().regex(/^\d+$/),
  endSequenceNumber: z.string().regex(/^\d+$/),
});
type StreamRange = z.output<typeof streamRangeSchema>;

/** The stream, the shard or the first of the records is no longer there: a stream keeps them for 24 hours. */
export class RecordsGoneError extends Error {
  override readonly name = "RecordsGoneError";
}

/** A shard allows five reads a second, and the trigger needs most of them. */
const PAUSE_MILLISECONDS = 250;

/**
 * The conversations of the messages, and of the rows that the function doesn't put itself, in a range of a stream.
 * @throws RecordsGoneError, or the client's error.
 */
export async function conversationsIn(
  streams: DynamoDBStreamsClient,
  range: StreamRange,
): Promise<ReadonlySet<string>> {
  const conversations = new Set<string>();
  for await (const { dynamodb } of recordsIn(streams, range)) {
    const pk = dynamodb?.Keys?.["pk"]?.S ?? "";
    const { message_group_uuid: rowOf, member_count: isCounted } = dynamodb?.NewImage ?? {};
    if (pk.startsWith(MESSAGE_PREFIX)) conversations.add(pk.slice(MESSAGE_PREFIX.length));
    else if (rowOf?.S !== undefined && !isCounted) conversations.add(rowOf.S);
  }
  return conversations;
}

async function* recordsIn(streams: DynamoDBStreamsClient, range: StreamRange): AsyncGenerator<_Record> {
  const last = BigInt(range.endSequenceNumber);
  try {
    let { ShardIterator: from } = await streams.send(
      new GetShardIteratorCommand({
        StreamArn: range.streamArn,
        ShardId: range.shardId,
        ShardIteratorType: "AT_SEQUENCE_NUMBER",
        SequenceNumber: range.startSequenceNumber,
      }),
    );
    // A page may be empty; the last record is in the shard, so a page with it, or past it, will come.
    while (from !== undefined) {
      const page = await streams.send(new GetRecordsCommand({ ShardIterator: from }));
      for (const record of page.Records ?? []) {
        const at = BigInt(record.dynamodb?.SequenceNumber ?? 0);
        if (at <= last) yield record;
        if (at >= last) return;
      }
      from = page.NextShardIterator;
      await sleep(PAUSE_MILLISECONDS);
    }
  } catch (error) {
    const gone = [TrimmedDataAccessException, ResourceNotFoundException, ExpiredIteratorException];
    if (gone.some((kind) => error instanceof kind))
      throw new RecordsGoneError("The stream no longer has these records.", { cause: error });
    throw error;
  }
}
