import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { messagesTable } from "../../local/messages-table.ts";

/** An account of the tests' own within the embedded AWS. */
export const ACCOUNT = "999999999999";

/** How an SDK client reaches an account of the embedded AWS. */
export const clientSettings = (aws: Pick<EmbeddedAws, "endpoint">, account = ACCOUNT) => ({
  endpoint: aws.endpoint,
  region: "ca-central-1",
  credentials: { accessKeyId: account, secretAccessKey: "local" },
});

/** A fresh messages table, of the shape that is deployed, and clients of both kinds for it. */
export async function createMessagesTable(aws: EmbeddedAws, tableName: string) {
  const client = new DynamoDBClient(clientSettings(aws));
  await client.send(new CreateTableCommand(messagesTable(tableName)));
  return { client, tableName, table: { client: DynamoDBDocumentClient.from(client), tableName } };
}
