import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";

/** Reads what is new in a stream of one shard, as a trigger does. */
export class StreamReader {
  readonly #streams: DynamoDBStreamsClient;
  #position: string | undefined;

  private constructor(streams: DynamoDBStreamsClient, position: string | undefined) {
    this.#streams = streams;
    this.#position = position;
  }

  /** A reader to which all that was written before is no news. */
  static async startAtLatest(streams: DynamoDBStreamsClient, StreamArn: string): Promise<StreamReader> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const shards = StreamDescription?.Shards ?? [];
    if (shards.length !== 1) throw new Error(`${StreamArn} has ${shards.length} shards`);
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId: shards[0]?.ShardId, ShardIteratorType: "LATEST" }),
    );
    return new StreamReader(streams, ShardIterator);
  }

  /** All records that were written since the last call, in the shape in which Lambda hands them over. */
  async readNew(): Promise<DynamoDBRecord[]> {
    const news: DynamoDBRecord[] = [];
    for (;;) {
      const page = await this.#streams.send(new GetRecordsCommand({ ShardIterator: this.#position }));
      this.#position = page.NextShardIterator;
      if (!page.Records?.length) return news;
      // The two say the same in their own types.
      news.push(...(page.Records as unknown as DynamoDBRecord[]));
    }
  }
}
