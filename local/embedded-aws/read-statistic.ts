import { type CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";

const HOUR_MILLISECONDS = 3_600_000;

/** A statistic of all data of a metric in the hours around now: a value for each day that has data, one at most but around midnight. */
export async function readStatistic(
  client: CloudWatchClient,
  {
    namespace,
    name,
    dimensions,
  }: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
  },
  Stat: string,
): Promise<readonly number[]> {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace: namespace, MetricName: name, Dimensions };
  const { MetricDataResults } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - HOUR_MILLISECONDS),
      EndTime: new Date(Date.now() + HOUR_MILLISECONDS),
      MetricDataQueries: [{ Id: "read", MetricStat: { Metric, Period: 86_400, Stat } }],
    }),
  );
  return MetricDataResults?.[0]?.Values ?? [];
}
