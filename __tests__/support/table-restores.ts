import { setTimeout as sleep } from "node:timers/promises";
import {
  type DynamoDBClient,
  RestoreTableToPointInTimeCommand,
  type RestoreTableToPointInTimeCommandInput,
  UpdateContinuousBackupsCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";

/** Turns the point-in-time recovery of a table on or off. */
export const setRecovery = (
  client: DynamoDBClient,
  TableName: string,
  PointInTimeRecoveryEnabled: boolean,
  RecoveryPeriodInDays?: number,
) =>
  client.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, RecoveryPeriodInDays },
    }),
  );

/** A restore of a table to a time, or to the latest one. */
export const toTime = (
  SourceTableName: string,
  TargetTableName: string,
  RestoreDateTime?: Date,
  overrides: Partial<RestoreTableToPointInTimeCommandInput> = {},
) =>
  new RestoreTableToPointInTimeCommand({
    SourceTableName,
    TargetTableName,
    ...(RestoreDateTime ? { RestoreDateTime } : { UseLatestRestorableTime: true }),
    ...overrides,
  });

/** Waits until a table is restored. */
export const restored = (client: DynamoDBClient, TableName: string) =>
  waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.2, maxDelay: 0.5 }, { TableName });

/** Puts an item of the partition "MSG#1" into a messages table. */
export const putText = (client: DynamoDBDocumentClient, TableName: string, sk: string, text: string) =>
  client.send(new PutCommand({ TableName, Item: { pk: "MSG#1", sk, text } }));

/** The texts of a messages table by sort key. */
export async function textsOf(client: DynamoDBDocumentClient, TableName: string) {
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  return Object.fromEntries(Items.map((item) => [item["sk"] as string, item["text"] as unknown]));
}

/** A time with nothing just before and after it. */
export async function quietMoment(): Promise<Date> {
  await sleep(20);
  const now = new Date();
  await sleep(20);
  return now;
}
