import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { type CachedReader, readerOf } from "./cache/cached-reader.ts";

/** The users table and a client for it. */
export interface UsersTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  /** Reads through the cache. Default: the table answers. */
  readonly cache?: CachedReader;
}

/** The key of a user. */
export interface UserKey {
  readonly name: string;
  readonly title: string;
}

/** Reads a user by the key; undefined if there is none. */
export async function readUser(
  table: UsersTable,
  { name, title }: UserKey,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { Item } = await readerOf("readUser", table).send(
    new GetCommand({ TableName: table.tableName, Key: { Name: name, Title: title } }),
  );
  return Item;
}
