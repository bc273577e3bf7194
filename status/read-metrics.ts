import { type CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";

/** A metric of which the newest value is wanted. */
export interface WantedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Maximum" | "Sum";
}

/** Seconds of a value. */
export const PERIOD_SECONDS = 300;

/** CloudWatch may have a value late, and a quiet environment writes none for a while. */
const LOOK_BACK_MILLISECONDS = 3_600_000;

/** The newest values of metrics in the last hour, in their order; undefined where there is none. */
export async function readMetrics(
  client: CloudWatchClient,
  metrics: readonly WantedMetric[],
): Promise<(number | undefined)[]> {
  const now = Date.now();
  const { MetricDataResults: results = [] } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(now - LOOK_BACK_MILLISECONDS),
      EndTime: new Date(now),
      ScanBy: "TimestampDescending",
      MetricDataQueries: metrics.map(({ namespace, name, dimensions, statistic }, index) => ({
        Id: `m${index}`,
        MetricStat: {
          Metric: {
            Namespace: namespace,
            MetricName: name,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: PERIOD_SECONDS,
          Stat: statistic,
        },
      })),
    }),
  );
  return metrics.map((_, index) => results.find(({ Id }) => Id === `m${index}`)?.Values?.[0]);
}
