import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { readStatistic } from "../../local/embedded-aws/read-statistic.ts";
import { ACCOUNT, clientSettings } from "./messages-table.ts";

/** Reads the metrics of a namespace. */
export function metricsIn(aws: EmbeddedAws, Namespace: string, account = ACCOUNT) {
  const cloudwatch = new CloudWatchClient(clientSettings(aws, account));

  /** A statistic of all data in the hours around now, or undefined if there are none. Default: the sum. */
  const read = (name: string, dimensions: Record<string, string>, Stat = "Sum") =>
    readStatistic(cloudwatch, { namespace: Namespace, name, dimensions }, Stat);

  /** The names of the metrics. */
  const names = async (): Promise<string[]> => {
    const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({ Namespace }));
    return [...new Set(Metrics.map(({ MetricName = "" }) => MetricName))].sort();
  };
  return { read, names };
}
