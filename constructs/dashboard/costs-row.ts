import type { Row } from "./rows.ts";
import { ofFunction, ofTable, type Shown, tableParts } from "./shown.ts";
import { graph, type Series } from "./widgets.ts";

const HOUR_SECONDS = 3_600;

/** What drives the costs, by the hour. */
export const costsRow = (shown: Shown): Row => ({
  height: 5,
  widgets: [units(shown), compute(shown), logs(shown), streamReads(shown)],
});

function units(shown: Shown) {
  const isOnDemand = Object.values(shown.environment.tables).some(
    ({ billing }) => billing.mode === "on-demand",
  );
  return graph({
    title: `Cost of DynamoDB: consumed units${isOnDemand ? "" : ", of those that are provisioned and paid for"}`,
    unit: "units an hour",
    period: HOUR_SECONDS,
    series: tableParts(shown).flatMap((part): Series[] => [
      { ...ofTable(part, "ConsumedReadCapacityUnits"), label: `reads of ${part.label}`, statistic: "Sum" },
      { ...ofTable(part, "ConsumedWriteCapacityUnits"), label: `writes of ${part.label}`, statistic: "Sum" },
    ]),
  });
}

/** https://aws.amazon.com/lambda/pricing/ */
function compute(shown: Shown) {
  const gigabytes = shown.environment.function.memoryMegabytes / 1_024;
  return graph({
    title: "Cost of the function: its memory for the duration of its invocations",
    unit: "GB-seconds an hour",
    period: HOUR_SECONDS,
    series: [
      {
        ...ofFunction(shown, "Duration"),
        label: "invocations × duration",
        statistic: "Sum",
        expression: `m / 1000 * ${gigabytes}`,
      },
    ],
  });
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html */
const logs = ({ streamFunction }: Shown) =>
  graph({
    title: "Cost of the log: bytes that the function logs",
    unit: "bytes an hour",
    period: HOUR_SECONDS,
    series: [
      {
        namespace: "AWS/Logs",
        name: "IncomingBytes",
        dimensions: { LogGroupName: streamFunction.logGroupName },
        label: "bytes",
        statistic: "Sum",
      },
    ],
  });

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html#SuccessfulRequestLatency */
const streamReads = ({ tables: { messages } }: Shown) =>
  graph({
    title: "Cost of the stream: reads of it; the trigger's are free",
    unit: "requests an hour",
    period: HOUR_SECONDS,
    series: [
      {
        ...ofTable(
          {
            dimensions: {
              TableName: messages.name,
              StreamLabel: messages.streamLabel,
              Operation: "GetRecords",
            },
          },
          "SuccessfulRequestLatency",
        ),
        label: "GetRecords",
        statistic: "SampleCount",
      },
    ],
  });
