import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { CheckedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { namesOf } from "../config/names.ts";
import { partition, regionalArnPrefix } from "../config/regions.ts";
import type { TableName } from "../messaging/tables.ts";

/** A table of an environment, and how AWS is reached: what a restore is about. */
export interface RestoredFrom {
  readonly environment: Environment;
  readonly table: TableName;
  /** Physical name of the live table. */
  readonly live: string;
  /** Physical name of the table before any switch: what the names of its copies begin with. */
  readonly own: string;
  readonly access: CheckedAccess;
  readonly client: DynamoDBClient;
}

/** A table of an environment, reached with access that is checked. */
export function restoredFrom(
  environment: Environment,
  table: TableName,
  access: CheckedAccess,
): RestoredFrom {
  const { tables, ownTables } = namesOf(environment);
  const client = new DynamoDBClient(access.client);
  return { environment, table, live: tables[table], own: ownTables[table], access, client };
}

/** An ARN of the account and region of a table: `arnIn(from, "kms", "alias/messages")`. */
export const arnIn = ({ environment, access }: RestoredFrom, service: string, resource: string): string =>
  `${regionalArnPrefix(service, environment.region)}${access.account}:${resource}`;

/** The ARN of a role in the account of a table. */
export const roleArn = ({ environment, access }: RestoredFrom, role: string): string =>
  `arn:${partition(environment.region).name}:iam::${access.account}:role/${role}`;
