import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { ACCOUNT, clientSettings } from "./messages-table.ts";

const HOUR = 3_600_000;

/** Reads the metrics of a namespace. */
export function metricsIn(aws: EmbeddedAws, Namespace: string, account = ACCOUNT) {
  const cloudwatch = new CloudWatchClient(clientSettings(aws, account));

  /** A statistic of all data in the hours around now, or undefined if there are none. Default: the sum. */
  const read = async (MetricName: string, dimensions: Record<string, string>, Stat = "Sum") => {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period: 86_400, Stat };
    const { MetricDataResults } = await cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(Date.now() - HOUR),
        EndTime: new Date(Date.now() + HOUR),
        MetricDataQueries: [{ Id: "read", MetricStat }],
      }),
    );
    const values = MetricDataResults?.[0]?.Values ?? [];
    if (values.length > 1) throw new Error(`the data of ${MetricName} lie on two days: ${values.join(", ")}`);
    return values[0];
  };

  /** The names of the metrics. */
  const names = async (): Promise<string[]> => {
    const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({ Namespace }));
    return [...new Set(Metrics.map(({ MetricName = "" }) => MetricName))].sort();
  };
  return { read, names };
}
