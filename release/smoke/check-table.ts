import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { Environment, TableSettings } from "../../config/environment.ts";
import { namesOf } from "../../config/names.ts";
import { streamViewTypeOf } from "../../config/stream-view-type.ts";
import { type KeySchema, type TableName, type TableShape, tableShapes } from "../../messaging/tables.ts";
import type { Check } from "./canary.ts";

/** What a table is like, aspect by aspect, as a report names it. */
type Aspects = Readonly<Record<string, string>>;

/**
 * Whether a deployed table is active, has its shape and is run as its environment says.
 * @param copy a restored copy of the table, which has no replicas. Default: the table itself.
 */
export async function checkTable(
  client: DynamoDBClient,
  environment: Environment,
  table: TableName,
  copy?: string,
): Promise<Check> {
  const name = copy ?? namesOf(environment).tables[table];
  const what = `table ${name} is active and as configured`;
  try {
    const settings = environment.tables[table];
    const found = await readAspects(client, name, settings);
    const wanted = {
      ...expectedAspects(tableShapes[table], settings),
      ...(copy === undefined && expectedReplicas(settings)),
    };
    const faults = Object.entries(found)
      .filter(([aspect, value]) => wanted[aspect] !== value)
      .map(([aspect, value]) => `${aspect} is ${value}, and should be ${wanted[aspect] ?? "absent"}`);
    const missing = Object.keys(wanted).filter((aspect) => found[aspect] === undefined);
    return { what, faults: [...faults, ...missing.map((aspect) => `${aspect} is missing`)] };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { what, faults: ["it does not exist"] };
    throw error;
  }
}

async function readAspects(
  client: DynamoDBClient,
  TableName: string,
  { billing }: TableSettings,
): Promise<Aspects> {
  const { Table: table = {} } = await client.send(new DescribeTableCommand({ TableName }));
  const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  const recovery = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  const keys = (schema: TableDescription["KeySchema"] = []) =>
    schema.map(({ AttributeName: attribute = "" }) => attribute).join(", ");
  const { ReadCapacityUnits: read = 0, WriteCapacityUnits: write = 0 } = table.ProvisionedThroughput ?? {};
  const onDemand = table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";
  const stream = table.StreamSpecification;
  const indexes = table.GlobalSecondaryIndexes ?? [];
  return {
    status: table.TableStatus ?? "unknown",
    keys: keys(table.KeySchema),
    billing: onDemand ? "on-demand" : provisioned(billing, read, write),
    "deletion protection": table.DeletionProtectionEnabled ? "on" : "off",
    stream: stream?.StreamEnabled === true ? (stream.StreamViewType ?? "unknown") : "off",
    "encryption by KMS": table.SSEDescription?.SSEType === "KMS" ? "on" : "off",
    ...Object.fromEntries(
      indexes.map(({ IndexName: index = "", IndexStatus: status = "unknown", KeySchema: schema }) => [
        `index ${index}`,
        `${status}, keys ${keys(schema)}`,
      ]),
    ),
    ...Object.fromEntries(
      (table.Replicas ?? []).map(({ RegionName: region = "", ReplicaStatus: status = "unknown" }) => [
        `replica in ${region}`,
        status,
      ]),
    ),
    "point-in-time recovery":
      recovery?.PointInTimeRecoveryStatus === "ENABLED"
        ? `${recovery.RecoveryPeriodInDays ?? 35} days`
        : "off",
    "time to live": ttl.TimeToLiveDescription?.AttributeName ?? "off",
  };
}

function expectedAspects(shape: TableShape, settings: TableSettings): Aspects {
  const { billing, pointInTimeRecoveryDays: days } = settings;
  const keys = (schema: KeySchema) => `${schema.partitionKey}, ${schema.sortKey}`;
  const indexes = Object.entries(shape.indexes);
  return {
    status: "ACTIVE",
    keys: keys(shape),
    billing:
      billing.mode === "provisioned"
        ? provisioned(billing, billing.readUnits, billing.writeUnits)
        : billing.mode,
    "deletion protection": settings.deletionProtection ? "on" : "off",
    stream: streamViewTypeOf(shape, settings) ?? "off",
    "encryption by KMS": settings.encryption === "aws-owned" ? "off" : "on",
    ...Object.fromEntries(
      indexes.map(([index, schema]) => [`index ${index}`, `ACTIVE, keys ${keys(schema)}`]),
    ),
    "point-in-time recovery": days === "off" ? "off" : `${days} days`,
    "time to live": settings.timeToLiveAttribute ?? "off",
  };
}

const expectedReplicas = ({ replicas = {} }: TableSettings): Aspects =>
  Object.fromEntries(Object.keys(replicas).map((region) => [`replica in ${region}`, "ACTIVE"]));

/** The scaler sets the units of an autoscaled table, so they say nothing. */
const provisioned = ({ mode }: TableSettings["billing"], readUnits: number, writeUnits: number) =>
  mode === "autoscaled" ? mode : `provisioned, ${readUnits} read and ${writeUnits} write units`;
