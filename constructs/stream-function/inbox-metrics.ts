import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter/index.js";
import { Construct } from "constructs";
import { INBOX_METRICS } from "../../messaging/stream-function-metrics.ts";

export interface InboxMetricsProps {
  readonly logGroupName: string;
}

/**
 * Makes the metrics of the messages and their delay from the stream function's log. A log group can have 100 metric
 * filters: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
export class InboxMetrics extends Construct {
  constructor(scope: Construct, id: string, { logGroupName }: InboxMetricsProps) {
    super(scope, id);
    for (const { namespace, name, dimension, unit, field } of Object.values(INBOX_METRICS))
      new CloudwatchLogMetricFilter(this, name, {
        name,
        logGroupName,
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
        pattern: `{ $.${field} >= 0 }`,
        metricTransformation: {
          namespace,
          name,
          value: `$.${field}`,
          unit,
          dimensions: { [dimension]: `$.${dimension}` },
        },
      });
  }
}
