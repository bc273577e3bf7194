import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  clientSettings as embeddedAwsClientSettings,
  type EmbeddedAws,
} from "../../local/embedded-aws/embedded-aws.ts";
import { tableInput } from "../../local/table-input.ts";

/** The tests' account in the embedded AWS. */
export const ACCOUNT = "999999999999";

/** Settings of an SDK client that acts as the root user of an account. */
export const clientSettings = (aws: Pick<EmbeddedAws, "endpoint">, account = ACCOUNT) =>
  embeddedAwsClientSettings(aws, account);

/** Creates an empty messages table with its stream, and a client and a document client for it. */
export async function createMessagesTable(aws: EmbeddedAws, tableName: string, account = ACCOUNT) {
  const client = new DynamoDBClient(clientSettings(aws, account));
  const { TableDescription } = await client.send(new CreateTableCommand(tableInput("messages", tableName)));
  const table = { client: DynamoDBDocumentClient.from(client), tableName };
  return { client, tableName, table, streamArn: TableDescription?.LatestStreamArn ?? "" };
}
