import { INBOX_METRICS, REFUSED_RECORDS } from "../../messaging/stream-function-metrics.ts";

/** The names of the dimensions that a metric can be asked for: all of a set together. */
type DimensionSets = readonly (readonly string[])[];

/** What AWS documents of a namespace, by metric. */
interface DocumentedNamespace {
  /** The page that documents it. */
  readonly page: string;
  readonly metrics: Readonly<Record<string, DimensionSets>>;
}

const each = (dimensions: DimensionSets, ...metrics: readonly string[]) =>
  Object.fromEntries(metrics.map((metric) => [metric, dimensions]));

const ACCOUNT: DimensionSets = [[]];
const TABLE: DimensionSets = [["TableName"]];
const TABLE_OR_INDEX: DimensionSets = [["TableName"], ["TableName", "GlobalSecondaryIndexName"]];
const INDEX: DimensionSets = [["TableName", "GlobalSecondaryIndexName"]];
const OPERATION: DimensionSets = [["TableName", "Operation"]];
const STREAM: DimensionSets = [["TableName", "StreamLabel", "Operation"]];
const REPLICA: DimensionSets = [["TableName", "ReceivingRegion"]];
const DELEGATED: DimensionSets = [["TableName", "DelegatedOperation"]];

const FUNCTION: DimensionSets = [
  [],
  ["FunctionName"],
  ["FunctionName", "Resource"],
  ["FunctionName", "Resource", "ExecutedVersion"],
];
const VAULT: DimensionSets = [["BackupVaultName"], ["ResourceType"], ["BackupVaultName", "ResourceType"]];
const CLUSTER: DimensionSets = [[], ["ClusterId"], ["ClusterId", "NodeId"]];
const MAPPING: DimensionSets = [["EventSourceMappingUUID"]];

/** The metrics with the dimensions that AWS documents, and those of our own, by namespace. */
const documentedMetrics: Readonly<Record<string, DocumentedNamespace>> = {
  "AWS/DynamoDB": {
    page: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html",
    metrics: {
      ...each(
        ACCOUNT,
        "AccountMaxReads",
        "AccountMaxTableLevelReads",
        "AccountMaxTableLevelWrites",
        "AccountMaxWrites",
        "AccountProvisionedReadCapacityUtilization",
        "AccountProvisionedWriteCapacityUtilization",
        "MaxProvisionedTableReadCapacityUtilization",
        "MaxProvisionedTableWriteCapacityUtilization",
        "UserErrors",
      ),
      ...each(TABLE, "ConditionalCheckFailedRequests", "TimeToLiveDeletedItemCount", "TransactionConflict"),
      ...each(
        TABLE_OR_INDEX,
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "OnDemandMaxReadRequestUnits",
        "OnDemandMaxWriteRequestUnits",
        "ProvisionedReadCapacityUnits",
        "ProvisionedWriteCapacityUnits",
        "ReadAccountLimitThrottleEvents",
        "ReadKeyRangeThroughputThrottleEvents",
        "ReadMaxOnDemandThroughputThrottleEvents",
        "ReadProvisionedThroughputThrottleEvents",
        "ReadThrottleEvents",
        "WriteAccountLimitThrottleEvents",
        "WriteKeyRangeThroughputThrottleEvents",
        "WriteMaxOnDemandThroughputThrottleEvents",
        "WriteProvisionedThroughputThrottleEvents",
        "WriteThrottleEvents",
      ),
      ...each(
        INDEX,
        "OnlineIndexConsumedWriteCapacity",
        "OnlineIndexPercentageProgress",
        "OnlineIndexThrottleEvents",
      ),
      ...each(OPERATION, "ReturnedItemCount", "SystemErrors", "ThrottledRequests"),
      ...each([...OPERATION, ...STREAM], "SuccessfulRequestLatency"),
      ...each(STREAM, "ReturnedBytes", "ReturnedRecordsCount"),
      ...each(REPLICA, "PendingReplicationCount", "ReplicationLatency"),
      ...each(
        DELEGATED,
        "AgeOfOldestUnreplicatedRecord",
        "ConsumedChangeDataCaptureUnits",
        "FailedToReplicateRecordCount",
        "ThrottledPutRecordCount",
      ),
    },
  },
  "AWS/Lambda": {
    page: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
    metrics: {
      ...each(
        FUNCTION,
        "ConcurrentExecutions",
        "DeadLetterErrors",
        "DestinationDeliveryFailures",
        "Duration",
        "Errors",
        "Invocations",
        "IteratorAge",
        "OffsetLag",
        "PostRuntimeExtensionsDuration",
        "ProvisionedConcurrencyInvocations",
        "ProvisionedConcurrencySpilloverInvocations",
        "RecursiveInvocationsDropped",
        "Throttles",
      ),
      ...each(ACCOUNT, "ClaimedAccountConcurrency", "UnreservedConcurrentExecutions"),
      ...each(
        MAPPING,
        "CommittedEventCount",
        "DeletedEventCount",
        "DroppedEventCount",
        "FailedInvokeEventCount",
        "FilteredOutEventCount",
        "InvokedEventCount",
        "OnFailureDestinationDeliveredEventCount",
        "PolledEventCount",
      ),
    },
  },
  "AWS/Backup": {
    page: "https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html",
    metrics: each(
      VAULT,
      "NumberOfBackupJobsCreated",
      "NumberOfBackupJobsPending",
      "NumberOfBackupJobsRunning",
      "NumberOfBackupJobsAborted",
      "NumberOfBackupJobsCompleted",
      "NumberOfBackupJobsFailed",
      "NumberOfBackupJobsExpired",
      "NumberOfCopyJobsCreated",
      "NumberOfCopyJobsRunning",
      "NumberOfCopyJobsCompleted",
      "NumberOfCopyJobsFailed",
    ),
  },
  "AWS/DAX": {
    page: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/dax-metrics-dimensions-dax.html",
    metrics: each(
      CLUSTER,
      "CacheMemoryUtilization",
      "ClientConnections",
      "CPUUtilization",
      "ErrorRequestCount",
      "EstimatedDbSize",
      "EvictedSize",
      "FailedRequestCount",
      "FaultRequestCount",
      "GetItemRequestCount",
      "ItemCacheHits",
      "ItemCacheMisses",
      "QueryCacheHits",
      "QueryCacheMisses",
      "QueryRequestCount",
      "ThrottledRequestCount",
      "TotalRequestCount",
    ),
  },
  "AWS/SQS": {
    page: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    metrics: each(
      [["QueueName"]],
      "ApproximateAgeOfOldestMessage",
      "ApproximateNumberOfMessagesDelayed",
      "ApproximateNumberOfMessagesNotVisible",
      "ApproximateNumberOfMessagesVisible",
      "NumberOfEmptyReceives",
      "NumberOfMessagesDeleted",
      "NumberOfMessagesReceived",
      "NumberOfMessagesSent",
      "SentMessageSize",
    ),
  },
  "AWS/Logs": {
    page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html",
    metrics: each([[], ["LogGroupName"]], "IncomingBytes", "IncomingLogEvents"),
  },
  [REFUSED_RECORDS.namespace]: {
    page: "messaging/stream-function-metrics.ts",
    metrics: Object.fromEntries(
      [REFUSED_RECORDS, ...Object.values(INBOX_METRICS)].map(({ name, dimension }) => [name, [[dimension]]]),
    ),
  },
};

/** A metric that an alarm or a graph shows. */
export interface ShownMetric {
  readonly namespace: string;
  readonly metric: string;
  /** The names of its dimensions. */
  readonly dimensions: readonly string[];
}

/** What is wrong with a metric: a sentence, with the page to compare. @returns undefined if it is documented. */
export function undocumented({ namespace, metric, dimensions }: ShownMetric): string | undefined {
  const documented = documentedMetrics[namespace];
  const sets = documented?.metrics[metric];
  const is = (set: readonly string[]) => [...set].sort().join() === [...dimensions].sort().join();
  if (sets?.some(is)) return undefined;
  const allowed = sets?.map((set) => `[${set.join(", ")}]`).join(" or ") ?? "nothing of that name";
  return `${namespace} ${metric} [${dimensions.join(", ")}]: documented is ${allowed} (${documented?.page ?? "no such namespace"})`;
}
