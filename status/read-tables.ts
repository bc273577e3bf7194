import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import {
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { describeTable } from "../restore/describe-table.ts";
import { tableDimensions } from "../messaging/table-dimensions.ts";
import { PERIOD_SECONDS, readMetrics } from "./read-metrics.ts";
import type { BackupStatus, CapacityStatus, Status, UnitsStatus } from "./status.ts";

/** What a table and an index have in common. */
type Part = Pick<
  GlobalSecondaryIndexDescription & TableDescription,
  "OnDemandThroughput" | "ProvisionedThroughput"
>;

/**
 * Reads how a table is.
 * @param readBackup reads the newest backup of a table, by its ARN.
 */
export async function readTable(
  dynamodb: DynamoDBClient,
  cloudwatch: CloudWatchClient,
  readBackup: (tableArn: string) => Promise<BackupStatus | undefined>,
  name: string,
): Promise<Status["tables"][number]> {
  const table = await describeTable(dynamodb, name);
  if (!table) return { name, status: "absent" };
  const capacity = async (part: Part, status = "unknown", index?: string): Promise<CapacityStatus> => ({
    status,
    ...(await readUnits(cloudwatch, name, part, index)),
  });
  const indexes = (table.GlobalSecondaryIndexes ?? []).map(
    async (index) =>
      [index.IndexName ?? "", await capacity(index, index.IndexStatus, index.IndexName)] as const,
  );
  const restorableUntil = await readRestorableUntil(dynamodb, name);
  const lastBackup = await readBackup(table.TableArn ?? "");
  return {
    name,
    ...(await capacity(table, table.TableStatus)),
    items: table.ItemCount ?? 0,
    bytes: table.TableSizeBytes ?? 0,
    isProtected: table.DeletionProtectionEnabled ?? false,
    ...(restorableUntil && { restorableUntil }),
    ...(lastBackup && { lastBackup }),
    indexes: Object.fromEntries(await Promise.all(indexes)),
  };
}

async function readRestorableUntil(client: DynamoDBClient, TableName: string): Promise<string | undefined> {
  const { ContinuousBackupsDescription: backups } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  const { PointInTimeRecoveryStatus: status, LatestRestorableDateTime: until } =
    backups?.PointInTimeRecoveryDescription ?? {};
  return status === "ENABLED" ? (until ?? new Date()).toISOString() : undefined;
}

async function readUnits(client: CloudWatchClient, TableName: string, part: Part, index?: string) {
  const dimensions = tableDimensions(TableName, index);
  const [read, write] = await readMetrics(
    client,
    ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"].map((name) => ({
      namespace: "AWS/DynamoDB",
      name,
      dimensions,
      statistic: "Sum",
    })),
  );
  const { ProvisionedThroughput: provisioned, OnDemandThroughput: onDemand } = part;
  return {
    read: units(read, provisioned?.ReadCapacityUnits, onDemand?.MaxReadRequestUnits),
    write: units(write, provisioned?.WriteCapacityUnits, onDemand?.MaxWriteRequestUnits),
  };
}

/** On demand, the provisioned units are 0, and a maximum of -1 is none. */
function units(sum: number | undefined, provisioned = 0, maximum = 0): UnitsStatus {
  const available = provisioned > 0 ? provisioned : maximum;
  return {
    ...(sum !== undefined && { consumed: sum / PERIOD_SECONDS }),
    ...(available > 0 && { available }),
  };
}
