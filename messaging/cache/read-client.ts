import type { GetCommand, GetCommandOutput, QueryCommand, QueryCommandOutput } from "@aws-sdk/lib-dynamodb";

/** What a pattern reads with: the table's client, or one that reads through the cache. */
export interface ReadClient {
  send(command: QueryCommand): Promise<QueryCommandOutput>;
  send(command: GetCommand): Promise<GetCommandOutput>;
}
