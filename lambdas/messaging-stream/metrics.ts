import { REFUSED_RECORDS } from "../../messaging/stream-function-metrics.ts";
import { log } from "./log.ts";

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
    [dimension]: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    [name]: count,
  });
}
