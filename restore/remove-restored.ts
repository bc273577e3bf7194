import { setTimeout as sleep } from "node:timers/promises";
import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  paginateDescribeScalableTargets,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, DeleteAlarmsCommand, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { DeleteTableCommand, UpdateTableCommand, waitUntilTableNotExists } from "@aws-sdk/client-dynamodb";
import { namesOf, restoredPrefix } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { describeTable } from "./describe-table.ts";
import type { RestoredFrom } from "./restored-from.ts";

const DELETION_SECONDS = 600;

const POLL_SECONDS = 1;

/** As many as DeleteAlarms takes at once. */
const ALARMS_AT_ONCE = 100;

/**
 * Removes a restored copy of a table, with its alarms and its scaling, its deletion protection first.
 * @returns whether there was such a table.
 * @throws UserError when the name isn't that of a copy, or the copy is the live table.
 */
export async function removeRestored(from: RestoredFrom, name: string): Promise<boolean> {
  refuseOther(from, name);
  await removeAlarms(from, name);
  await removeScaling(from, name);
  const { client } = from;
  const table = await describeTable(client, name);
  if (!table) return false;
  if (table.TableStatus !== "DELETING") await deleteTable(from, name, table.DeletionProtectionEnabled);
  await waitUntilTableNotExists({ client, maxWaitTime: DELETION_SECONDS, minDelay: 1 }, { TableName: name });
  return true;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html */
async function deleteTable(from: RestoredFrom, TableName: string, isProtected = false): Promise<void> {
  await whileChanging(from, TableName);
  if (isProtected) {
    await from.client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await whileChanging(from, TableName);
  }
  await from.client.send(new DeleteTableCommand({ TableName }));
}

/** Waits while a table is being created or changed: it can't be deleted then. */
async function whileChanging({ client }: RestoredFrom, name: string): Promise<void> {
  const isChanging = async () =>
    ["CREATING", "UPDATING"].includes((await describeTable(client, name))?.TableStatus ?? "");
  while (await isChanging()) await sleep(POLL_SECONDS * 1_000);
}

/** Refuses what is not a restored copy of the table. */
export function refuseOther({ own, live, environment, table }: RestoredFrom, name: string): void {
  const prefix = restoredPrefix(own);
  if (!name.startsWith(prefix))
    throw new UserError(
      `--remove must be a restored copy of the table ${table} of ${environment.name}, "${prefix}…" (given ${name}). Nothing was changed.`,
    );
  if (name === live)
    throw new UserError(
      `${name} is the live table ${table} of ${environment.name}, which was switched to it. Nothing was changed.`,
    );
}

async function removeAlarms({ environment, access, own }: RestoredFrom, name: string): Promise<void> {
  const client = new CloudWatchClient(access.client);
  const stamp = name.slice(own.length);
  const found: string[] = [];
  const query = { AlarmNamePrefix: namesOf(environment).tableAlarm };
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, query))
    for (const { AlarmName = "", Dimensions = [] } of MetricAlarms)
      if (AlarmName.endsWith(stamp) && Dimensions.some(({ Value }) => Value === name)) found.push(AlarmName);
  for (let index = 0; index < found.length; index += ALARMS_AT_ONCE)
    await client.send(new DeleteAlarmsCommand({ AlarmNames: found.slice(index, index + ALARMS_AT_ONCE) }));
}

/** Deregistering a target also deletes its policies and schedules, and the alarms that the scaler made. */
async function removeScaling({ environment, table, access }: RestoredFrom, name: string): Promise<void> {
  if (environment.tables[table].billing.mode !== "autoscaled") return;
  const client = new ApplicationAutoScalingClient(access.client);
  const query = { ServiceNamespace: "dynamodb" as const };
  for await (const { ScalableTargets = [] } of paginateDescribeScalableTargets({ client }, query))
    for (const { ResourceId, ScalableDimension } of ScalableTargets)
      if (ResourceId?.split("/")[1] === name)
        await client.send(new DeregisterScalableTargetCommand({ ...query, ResourceId, ScalableDimension }));
}
