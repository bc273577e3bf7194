import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";

/**
 * Starts to read a stream with one shard, as a trigger does, after its latest record.
 * @returns a function that reads all records since its last call, in the form of a Lambda event.
 */
export async function startReading(streams: DynamoDBStreamsClient, StreamArn: string) {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const shards = StreamDescription?.Shards ?? [];
  if (shards.length !== 1) throw new Error(`${StreamArn} has ${shards.length} shards`);
  let { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId: shards[0]?.ShardId, ShardIteratorType: "LATEST" }),
  );
  return async (): Promise<DynamoDBRecord[]> => {
    const records: DynamoDBRecord[] = [];
    for (;;) {
      const page = await streams.send(new GetRecordsCommand({ ShardIterator }));
      ShardIterator = page.NextShardIterator;
      if (!page.Records?.length) return records;
      // The SDK's type and Lambda's type describe the same JSON.
      records.push(...(page.Records as unknown as DynamoDBRecord[]));
    }
  };
}
