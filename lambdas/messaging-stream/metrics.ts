import { REFUSED_RECORDS } from "../../messaging/stream-function-metrics.ts";

/**
 * Counts the refused records of a batch, in one line of the log: CloudWatch makes it a metric, and no call is needed.
 *
 * The line goes to standard output as it is. `console` would wrap it in a line of Lambda's JSON log format, in which
 * CloudWatch finds no metric. Lambda filters it by `level`, which counts only beside a valid `timestamp`.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html#nodejs-logging-advanced-emf
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 *
 * @param count 1 or more.
 */
export function countRefused(count: number): void {
  const { namespace, name, dimension } = REFUSED_RECORDS;
  const now = new Date();
  const metric = {
    Namespace: namespace,
    Dimensions: [[dimension]],
    Metrics: [{ Name: name, Unit: "Count" }],
  };
  const line = {
    timestamp: now.toISOString(),
    level: "INFO",
    _aws: { Timestamp: now.getTime(), CloudWatchMetrics: [metric] },
    [dimension]: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    [name]: count,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
