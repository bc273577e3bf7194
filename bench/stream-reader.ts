import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";

/** Reads new records of a stream with one shard, as a trigger does. */
export class StreamReader {
  readonly #streams: DynamoDBStreamsClient;
  #iterator: string | undefined;

  private constructor(streams: DynamoDBStreamsClient, iterator: string | undefined) {
    this.#streams = streams;
    this.#iterator = iterator;
  }

  /** Creates a reader that starts after the stream's latest record. */
  static async startAtLatest(streams: DynamoDBStreamsClient, StreamArn: string): Promise<StreamReader> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const shards = StreamDescription?.Shards ?? [];
    if (shards.length !== 1) throw new Error(`${StreamArn} has ${shards.length} shards`);
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId: shards[0]?.ShardId, ShardIteratorType: "LATEST" }),
    );
    return new StreamReader(streams, ShardIterator);
  }

  /** Reads all records since the last call, in the form of a Lambda event. */
  async readNew(): Promise<DynamoDBRecord[]> {
    const records: DynamoDBRecord[] = [];
    for (;;) {
      const page = await this.#streams.send(new GetRecordsCommand({ ShardIterator: this.#iterator }));
      this.#iterator = page.NextShardIterator;
      if (!page.Records?.length) return records;
      // The SDK's type and Lambda's type describe the same JSON.
      records.push(...(page.Records as unknown as DynamoDBRecord[]));
    }
  }
}
