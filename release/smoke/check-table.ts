import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { TableSettings } from "../../config/environment.ts";
import type { KeySchema, TableShape } from "../../messaging/tables.ts";
import type { Check } from "./canary.ts";

/** A table as it should be. */
export interface ExpectedTable {
  readonly name: string;
  readonly shape: TableShape;
  readonly settings: TableSettings;
}

/** Whether a deployed table is active, has its shape and is run as its environment says. */
export async function checkTable(client: DynamoDBClient, expected: ExpectedTable): Promise<Check> {
  const { name } = expected;
  const what = `table ${name} is active and as configured`;
  try {
    const { Table: table = {} } = await client.send(new DescribeTableCommand({ TableName: name }));
    const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName: name }));
    const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
    const recovery = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    const found = [
      ...aspectsOfTable(table),
      {
        aspect: "point-in-time recovery",
        value:
          recovery?.PointInTimeRecoveryStatus === "ENABLED"
            ? `${recovery.RecoveryPeriodInDays ?? 35} days`
            : "off",
      },
      { aspect: "time to live", value: ttl.TimeToLiveDescription?.AttributeName ?? "off" },
    ];
    const wanted = new Map(expectedAspects(expected));
    const faults = found
      .filter(({ aspect, value }) => wanted.get(aspect) !== value)
      .map(({ aspect, value }) => `${aspect} is ${value}, and should be ${wanted.get(aspect) ?? "absent"}`);
    const missing = [...wanted.keys()].filter((aspect) => !found.some((one) => one.aspect === aspect));
    return { what, faults: [...faults, ...missing.map((aspect) => `${aspect} is missing`)] };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { what, faults: ["it does not exist"] };
    throw error;
  }
}

interface Aspect {
  readonly aspect: string;
  readonly value: string;
}

function aspectsOfTable(table: TableDescription): Aspect[] {
  const indexes = table.GlobalSecondaryIndexes ?? [];
  const keys = (schema: TableDescription["KeySchema"] = []) =>
    schema.map(({ AttributeName: attribute = "" }) => attribute).join(", ");
  const { ReadCapacityUnits: read = 0, WriteCapacityUnits: write = 0 } = table.ProvisionedThroughput ?? {};
  const streamed = table.StreamSpecification;
  const onDemand = table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";
  return [
    { aspect: "status", value: table.TableStatus ?? "unknown" },
    { aspect: "keys", value: keys(table.KeySchema) },
    {
      aspect: "billing",
      value: onDemand ? "on-demand" : `provisioned, ${read} read and ${write} write units`,
    },
    { aspect: "deletion protection", value: table.DeletionProtectionEnabled ? "on" : "off" },
    {
      aspect: "stream",
      value: streamed?.StreamEnabled === true ? (streamed.StreamViewType ?? "unknown") : "off",
    },
    { aspect: "encryption by KMS", value: table.SSEDescription?.SSEType === "KMS" ? "on" : "off" },
    ...indexes.flatMap(({ IndexName: index = "", IndexStatus: status = "unknown", KeySchema: schema }) => [
      { aspect: `index ${index}`, value: `${status}, keys ${keys(schema)}` },
    ]),
  ];
}

function expectedAspects({ shape, settings }: ExpectedTable): [string, string][] {
  const { billing, pointInTimeRecoveryDays: days } = settings;
  const keys = (schema: KeySchema) => `${schema.partitionKey}, ${schema.sortKey}`;
  return [
    ["status", "ACTIVE"],
    ["keys", keys(shape)],
    [
      "billing",
      billing.mode === "on-demand"
        ? "on-demand"
        : `provisioned, ${billing.readUnits} read and ${billing.writeUnits} write units`,
    ],
    ["deletion protection", settings.deletionProtection ? "on" : "off"],
    ["stream", shape.streamViewType ?? "off"],
    ["encryption by KMS", settings.encryption === "aws-owned" ? "off" : "on"],
    ...Object.entries(shape.indexes).map(([index, schema]): [string, string] => [
      `index ${index}`,
      `ACTIVE, keys ${keys(schema)}`,
    ]),
    ["point-in-time recovery", days === "off" ? "off" : `${days} days`],
    ["time to live", settings.timeToLiveAttribute ?? "off"],
  ];
}
