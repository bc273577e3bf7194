import { INBOX_METRICS } from "../../messaging/stream-function-metrics.ts";
import type { Row } from "./rows.ts";
import { ofFunction, ofMessaging, type Shown } from "./shown.ts";
import { alarmAt, graph, type Series } from "./widgets.ts";

/** How much there is to do, and how long the function takes for it. */
export const trafficRow = (shown: Shown): Row => ({
  height: 6,
  widgets: [
    ...(shown.environment.monitoring?.inboxMetrics ? [messages(shown)] : []),
    records(shown),
    duration(shown),
  ],
});

const messages = (shown: Shown) =>
  graph({
    title: "Messages a minute: none at a busy time is bad",
    unit: "a minute",
    series: [
      { ...ofMessaging(shown, INBOX_METRICS.messages), label: "messages", statistic: "Sum" },
      { ...ofMessaging(shown, INBOX_METRICS.rowsWritten), label: "inbox rows written", statistic: "Sum" },
    ],
  });

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics */
function records(shown: Shown) {
  const series = (name: string, label: string): Series => ({
    namespace: "AWS/Lambda",
    name,
    dimensions: { EventSourceMappingUUID: shown.streamFunction.triggerUuid },
    label,
    statistic: "Sum",
  });
  return graph({
    title: "Records of the stream a minute: any given up, or failed for long, is bad",
    unit: "a minute",
    series: [
      series("PolledEventCount", "read"),
      series("FilteredOutEventCount", "filtered out"),
      series("InvokedEventCount", "sent to the function"),
      series("FailedInvokeEventCount", "failed, to be retried"),
      series("OnFailureDestinationDeliveredEventCount", "given up"),
    ],
  });
}

function duration(shown: Shown) {
  const { alarms, function: settings } = shown.environment;
  const timeout = settings.timeoutSeconds * 1_000;
  const metric = ofFunction(shown, "Duration");
  return graph({
    title: "How long an invocation takes: near the timeout is bad",
    unit: "milliseconds",
    series: [
      { ...metric, label: "longest", statistic: "Maximum" },
      { ...metric, label: "average", statistic: "Average" },
    ],
    limits: [
      { label: "timeout", value: timeout },
      ...alarmAt(alarms.functionDurationPercent && (timeout * alarms.functionDurationPercent) / 100),
    ],
  });
}
