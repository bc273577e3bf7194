import { INBOX_METRICS, REFUSED_RECORDS } from "../../messaging/stream-function-metrics.ts";
import { log } from "./log.ts";

const functionName = () => process.env["AWS_LAMBDA_FUNCTION_NAME"];

/**
 * Counts the refused records of a batch, in a line of the log: CloudWatch makes it a metric, and no call is needed.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param count 1 or more.
 */
export function countRefused(count: number): void {
  const { namespace, name, dimension } = REFUSED_RECORDS;
  const metric = {
    Namespace: namespace,
    Dimensions: [[dimension]],
    Metrics: [{ Name: name, Unit: "Count" }],
  };
  log("INFO", "metric", {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [metric] },
    [dimension]: functionName(),
    [name]: count,
  });
}

/** What a batch gives to each metric of the log. */
export interface BatchMetrics {
  readonly messages: number;
  readonly rowsWritten: number;
  /** Milliseconds of each message that has just reached its inboxes. */
  readonly inboxDelays: readonly number[];
}

/** Logs a batch, with the fields of which the environment's metric filters make metrics. */
export function logBatch(
  { messages, rowsWritten, inboxDelays }: BatchMetrics,
  others: Readonly<Record<string, number>>,
): void {
  log("INFO", "batch", {
    ...others,
    [INBOX_METRICS.messages.field]: messages,
    [INBOX_METRICS.rowsWritten.field]: rowsWritten,
    ...(inboxDelays.length > 0 && { [INBOX_METRICS.inboxDelay.field]: Math.max(...inboxDelays) }),
    [INBOX_METRICS.inboxDelay.dimension]: functionName(),
  });
}
