import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  clientSettings as embeddedAwsClientSettings,
  type EmbeddedAws,
} from "../../local/embedded-aws/embedded-aws.ts";
import { messagesTableInput } from "../../local/messages-table.ts";

/** An account of the tests' own within the embedded AWS. */
export const ACCOUNT = "999999999999";

/** Settings of an SDK client that calls an account of the embedded AWS. */
export const clientSettings = (aws: Pick<EmbeddedAws, "endpoint">, account = ACCOUNT) =>
  embeddedAwsClientSettings(aws, account);

/** A fresh messages table, of the shape that is deployed, and clients of both kinds for it. */
export async function createMessagesTable(aws: EmbeddedAws, tableName: string) {
  const client = new DynamoDBClient(clientSettings(aws));
  await client.send(new CreateTableCommand(messagesTableInput(tableName)));
  return { client, tableName, table: { client: DynamoDBDocumentClient.from(client), tableName } };
}
