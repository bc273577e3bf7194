import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";

export interface StreamAlarmsProps {
  readonly functionName: string;
  readonly deadLetterQueueName: string;
  readonly alarms: Environment["alarms"];
}

/** Alarms for a trigger that is behind, a failing function and dead letters; `docs/runbook.md` has a section for each. */
export class StreamAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { functionName, deadLetterQueueName, alarms }: StreamAlarmsProps,
  ) {
    super(scope, id);
    const topics = alarms.notifyTopicArns ?? [];
    const alarm = (
      name: string,
      runbook: string,
      metric: { name: string; namespace: string; threshold: number },
      dimensions: Record<string, string>,
    ) =>
      new CloudwatchMetricAlarm(this, name, {
        alarmName: `${functionName}-${name}`,
        alarmDescription: `docs/runbook.md#${name}: ${runbook}`,
        namespace: metric.namespace,
        metricName: metric.name,
        dimensions,
        statistic: "Maximum",
        period: 60,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
        threshold: metric.threshold,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "notBreaching",
        alarmActions: topics,
        okActions: topics,
      });
    const ofFunction = { FunctionName: functionName };
    const lambda = "AWS/Lambda";
    alarm(
      "iterator-age",
      "inboxes are behind; the trigger is slow or has stopped",
      { namespace: lambda, name: "IteratorAge", threshold: alarms.iteratorAgeSeconds * 1_000 },
      ofFunction,
    );
    alarm("errors", "the function fails", { namespace: lambda, name: "Errors", threshold: 0 }, ofFunction);
    alarm(
      "dead-letters",
      "conversations were given up; their inbox rows are stale",
      { namespace: "AWS/SQS", name: "ApproximateNumberOfMessagesVisible", threshold: 0 },
      { QueueName: deadLetterQueueName },
    );
  }
}
