import { MAXIMUM_UNITS, unitsOf } from "../../config/billing-settings.ts";
import type { Environment, TableSettings } from "../../config/environment.ts";
import { operationsOn } from "../../messaging/access-patterns.ts";
import { tableDimensions } from "../../messaging/table-dimensions.ts";
import { type TableName, tableShapes } from "../../messaging/tables.ts";
import type { Condition } from "./alarms.ts";

const KINDS = ["read", "write"] as const;
const DYNAMODB = { namespace: "AWS/DynamoDB" };

/** A table whose requests alarms watch. */
export interface WatchedTable {
  readonly table: TableName;
  /** Its physical name. */
  readonly tableName: string;
  readonly settings: TableSettings;
}

type Thresholds = Environment["alarms"];

/**
 * The conditions of a table and its indexes for which an environment has a threshold.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export function tableConditions(watched: WatchedTable, thresholds: Thresholds): Condition[] {
  const indexes = Object.keys(tableShapes[watched.table].indexes);
  return [
    ...[undefined, ...indexes].flatMap((index) => [
      ...throttledRequests(watched, thresholds, index),
      ...consumedCapacity(watched, thresholds, index),
    ]),
    ...systemErrors(watched, thresholds),
    ...transactionConflicts(watched, thresholds),
    ...replicationLatency(watched, thresholds),
  ];
}

/** The account's limits, of which provisioned tables alone use something. */
export function accountConditions(
  tables: Environment["tables"],
  { accountCapacityPercent }: Thresholds,
): Condition[] {
  const isProvisioned = Object.values(tables).some(({ billing }) => billing.mode !== "on-demand");
  if (accountCapacityPercent === undefined || !isProvisioned) return [];
  return KINDS.map((kind) => ({
    ...DYNAMODB,
    name: `account-${kind}-capacity`,
    section: "account-capacity",
    meaning: `the account has provisioned more than ${accountCapacityPercent} % of the ${kind} capacity that it may`,
    isIll: false,
    metricName: `AccountProvisioned${CAPITALIZED[kind]}CapacityUtilization`,
    statistic: "Maximum",
    threshold: accountCapacityPercent,
    period: 300,
  }));
}

const CAPITALIZED = { read: "Read", write: "Write" } as const;

const inNames = (table: TableName, index?: string) => (index === undefined ? table : `${table}-${index}`);

function throttledRequests(watched: WatchedTable, thresholds: Thresholds, index?: string): Condition[] {
  return KINDS.flatMap((kind) => {
    const threshold = thresholds[`throttled${CAPITALIZED[kind]}s`];
    if (threshold === undefined) return [];
    return {
      ...DYNAMODB,
      name: `${inNames(watched.table, index)}-throttled-${kind}s`,
      section: `throttled-${kind}s`,
      meaning: `DynamoDB throttles ${kind}s`,
      isIll: true,
      metricName: `${CAPITALIZED[kind]}ThrottleEvents`,
      dimensions: tableDimensions(watched.tableName, index),
      statistic: "Sum" as const,
      threshold,
    };
  });
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html#ConsumedReadCapacityUnits */
function consumedCapacity(watched: WatchedTable, thresholds: Thresholds, index?: string): Condition[] {
  const { consumedCapacityPercent: percent } = thresholds;
  if (percent === undefined) return [];
  const most = (kind: "read" | "write") =>
    unitsOf(watched.settings.billing, kind, "maximum", index) ?? MAXIMUM_UNITS;
  return KINDS.map((kind) => ({
    ...DYNAMODB,
    name: `${inNames(watched.table, index)}-consumed-${kind}-capacity`,
    section: "consumed-capacity",
    meaning: `more than ${percent} % of the ${kind} capacity is consumed`,
    isIll: false,
    metricName: `Consumed${CAPITALIZED[kind]}CapacityUnits`,
    dimensions: tableDimensions(watched.tableName, index),
    statistic: "Sum",
    // The units of a minute.
    threshold: (60 * most(kind) * percent) / 100,
  }));
}

/** The metric exists for each operation alone, and an alarm sees no metric without all of its dimensions. */
function systemErrors(watched: WatchedTable, { systemErrors: threshold }: Thresholds): Condition[] {
  if (threshold === undefined) return [];
  return operationsOn(watched.table).map((operation) => ({
    ...DYNAMODB,
    name: `${watched.table}-system-errors-${operation}`,
    section: "system-errors",
    meaning: `DynamoDB fails in ${operation}`,
    isIll: true,
    metricName: "SystemErrors",
    dimensions: { ...tableDimensions(watched.tableName), Operation: operation },
    statistic: "Sum",
    threshold,
  }));
}

function transactionConflicts(
  watched: WatchedTable,
  { transactionConflicts: threshold }: Thresholds,
): Condition[] {
  if (threshold === undefined) return [];
  return [
    {
      ...DYNAMODB,
      name: `${watched.table}-transaction-conflicts`,
      section: "transaction-conflicts",
      meaning: "requests are rejected, because others write the same items",
      isIll: false,
      metricName: "TransactionConflict",
      dimensions: tableDimensions(watched.tableName),
      statistic: "Sum",
      threshold,
    },
  ];
}

function replicationLatency(
  watched: WatchedTable,
  { replicationLatencySeconds: seconds }: Thresholds,
): Condition[] {
  if (seconds === undefined) return [];
  return Object.keys(watched.settings.replicas ?? {}).map((region) => ({
    ...DYNAMODB,
    name: `${watched.table}-replication-latency-${region}`,
    section: "replication-latency",
    meaning: `writes reach ${region} late`,
    isIll: true,
    metricName: "ReplicationLatency",
    dimensions: { ...tableDimensions(watched.tableName), ReceivingRegion: region },
    statistic: "Maximum",
    threshold: seconds * 1_000,
    period: 300,
  }));
}
