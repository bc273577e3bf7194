import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import { REFUSED_RECORDS } from "../../messaging/stream-function-metrics.ts";

export interface StreamAlarmsProps {
  readonly functionName: string;
  readonly deadLetterQueueName: string;
  readonly alarms: Environment["alarms"];
}

/**
 * Alarms for a trigger that is behind, a failing function, dead letters and refused records; `docs/runbook.md` has a
 * section for each.
 */
export class StreamAlarms extends Construct {
  constructor(scope: Construct, id: string, props: StreamAlarmsProps) {
    super(scope, id);
    const { functionName, deadLetterQueueName, alarms } = props;
    const topics = alarms.notifyTopicArns ?? [];
    const ofFunction = { namespace: "AWS/Lambda", dimensions: { FunctionName: functionName } };
    const ofDeadLetters = { namespace: "AWS/SQS", dimensions: { QueueName: deadLetterQueueName } };
    const conditions = [
      {
        ...ofFunction,
        name: "iterator-age",
        meaning: "inboxes are behind; the trigger is slow or has stopped",
        metricName: "IteratorAge",
        threshold: alarms.iteratorAgeSeconds * 1_000,
      },
      { ...ofFunction, name: "errors", meaning: "the function fails", metricName: "Errors", threshold: 0 },
      {
        ...ofDeadLetters,
        name: "dead-letters",
        meaning: "conversations were given up; their inbox rows are stale",
        metricName: "ApproximateNumberOfMessagesVisible",
        threshold: 0,
      },
      {
        namespace: REFUSED_RECORDS.namespace,
        dimensions: { [REFUSED_RECORDS.dimension]: functionName },
        name: "refused-records",
        meaning: "items that no retry can mend; their conversations stay behind",
        metricName: REFUSED_RECORDS.name,
        threshold: 0,
        statistic: "Sum",
        // One record is enough. The metric may come a minute late, so it has three minutes to be seen:
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Alarms.html
        datapointsToAlarm: 1,
      },
    ];
    for (const { name, meaning, ...metric } of conditions)
      new CloudwatchMetricAlarm(this, name, {
        alarmName: `${functionName}-${name}`,
        alarmDescription: `docs/runbook.md#${name}: ${meaning}`,
        statistic: "Maximum",
        period: 60,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "notBreaching",
        alarmActions: topics,
        okActions: topics,
        ...metric,
      });
  }
}
