import { type CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

const HOUR_MILLISECONDS = 3_600_000;

const total = (...values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** What makes one value of the values of two days. Of two averages nothing does. */
const OF_DAYS: Partial<Record<string, (...values: readonly number[]) => number>> = {
  Sum: total,
  SampleCount: total,
  Minimum: Math.min,
  Maximum: Math.max,
};

/** A statistic of all data of a metric in the hours around now, or undefined if there are none. */
export async function readStatistic(
  client: CloudWatchClient,
  { namespace, name, dimensions }: Metric,
  Stat: string,
): Promise<number | undefined> {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace: namespace, MetricName: name, Dimensions };
  const { MetricDataResults } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - HOUR_MILLISECONDS),
      EndTime: new Date(Date.now() + HOUR_MILLISECONDS),
      MetricDataQueries: [{ Id: "read", MetricStat: { Metric, Period: 86_400, Stat } }],
    }),
  );
  // One for each day, of which there are two around midnight.
  const values = MetricDataResults?.[0]?.Values ?? [];
  if (values.length < 2) return values[0];
  const ofDays = OF_DAYS[Stat];
  if (ofDays === undefined) throw new Error(`the data of ${name} lie on two days: ${values.join(", ")}`);
  return ofDays(...values);
}
