import type { Environment } from "../../config/environment.ts";
import { INBOX_METRICS, REFUSED_RECORDS } from "../../messaging/stream-function-metrics.ts";
import type { Condition } from "../alarms/alarms.ts";

export interface WatchedFunction {
  readonly functionName: string;
  readonly deadLetterQueueName: string;
  readonly environment: Environment;
}

/**
 * What alarms watch of the stream function, its trigger and its dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export function streamConditions({
  functionName,
  deadLetterQueueName,
  environment,
}: WatchedFunction): Condition[] {
  const { alarms, function: settings } = environment;
  const ofFunction = { namespace: "AWS/Lambda", dimensions: { FunctionName: functionName }, isIll: true };
  const conditions: (Omit<Condition, "threshold"> & { readonly threshold: number | undefined })[] = [
    {
      ...ofFunction,
      name: "iterator-age",
      meaning: "inboxes are behind; the trigger is slow or has stopped",
      metricName: "IteratorAge",
      statistic: "Maximum",
      threshold: alarms.iteratorAgeSeconds * 1_000,
    },
    {
      ...ofFunction,
      name: "errors",
      meaning: "the function fails",
      metricName: "Errors",
      statistic: "Sum",
      threshold: alarms.functionErrors ?? 0,
    },
    {
      ...ofFunction,
      name: "throttles",
      meaning: "Lambda refuses to run the function; inboxes fall behind",
      metricName: "Throttles",
      statistic: "Sum",
      threshold: alarms.functionThrottles,
    },
    {
      ...ofFunction,
      name: "duration",
      meaning: "the function comes near its timeout",
      isIll: false,
      metricName: "Duration",
      statistic: "Maximum",
      threshold:
        alarms.functionDurationPercent &&
        (settings.timeoutSeconds * 1_000 * alarms.functionDurationPercent) / 100,
    },
    {
      namespace: "AWS/SQS",
      dimensions: { QueueName: deadLetterQueueName },
      name: "dead-letters",
      meaning: "conversations were given up; their inbox rows are stale",
      isIll: true,
      metricName: "ApproximateNumberOfMessagesVisible",
      statistic: "Maximum",
      threshold: 0,
    },
    {
      ...ofOwnMetric(REFUSED_RECORDS, functionName),
      name: "refused-records",
      meaning: "items that no retry can mend; their conversations stay behind",
      statistic: "Sum",
      threshold: 0,
    },
    {
      ...ofOwnMetric(INBOX_METRICS.inboxDelay, functionName),
      name: "inbox-delay",
      meaning: "messages reach inboxes late",
      statistic: "Maximum",
      threshold: alarms.inboxDelaySeconds && alarms.inboxDelaySeconds * 1_000,
    },
  ];
  return conditions.flatMap(({ threshold, ...condition }) =>
    threshold === undefined ? [] : { ...condition, threshold },
  );
}

/**
 * Of a metric that is made of the function's log. One datapoint is enough: there is one for each batch, not for each
 * minute. It may come a minute late, so it has three minutes to be seen:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Alarms.html
 */
const ofOwnMetric = (
  { namespace, name, dimension }: typeof REFUSED_RECORDS | typeof INBOX_METRICS.inboxDelay,
  functionName: string,
) => ({
  namespace,
  metricName: name,
  dimensions: { [dimension]: functionName },
  isIll: true,
  datapointsToAlarm: 1,
});
