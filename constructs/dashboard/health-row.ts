import { INBOX_METRICS } from "../../messaging/stream-function-metrics.ts";
import type { Row } from "./rows.ts";
import { ofFunction, ofMessaging, type Shown } from "./shown.ts";
import { alarmAt, alarmStates, graph } from "./widgets.ts";

/** Whether messaging is healthy: the alarms, and how long a message takes. */
export function healthRow(shown: Shown): Row {
  const { alarms, monitoring } = shown.environment;
  const iteratorAge = graph({
    title: "How long the oldest record has waited: below the alarm is good",
    unit: "milliseconds",
    series: [{ ...ofFunction(shown, "IteratorAge"), label: "iterator age", statistic: "Maximum" }],
    limits: alarmAt(alarms.iteratorAgeSeconds * 1_000),
  });
  return {
    height: 7,
    widgets: [
      alarmStates("Alarms: messaging is healthy when none is red", shown.alarmArns),
      ...(monitoring?.inboxMetrics ? [inboxDelay(shown)] : []),
      iteratorAge,
    ],
  };
}

function inboxDelay(shown: Shown) {
  const metric = ofMessaging(shown, INBOX_METRICS.inboxDelay);
  const { inboxDelaySeconds } = shown.environment.alarms;
  return graph({
    title: "Delay from a message to its inboxes: seconds are good, minutes are bad",
    unit: "milliseconds",
    series: [
      { ...metric, label: "longest", statistic: "Maximum" },
      { ...metric, label: "average of the batches", statistic: "Average" },
    ],
    limits: alarmAt(inboxDelaySeconds && inboxDelaySeconds * 1_000),
  });
}
