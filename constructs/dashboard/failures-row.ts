import { REFUSED_RECORDS } from "../../messaging/stream-function-metrics.ts";
import type { Row } from "./rows.ts";
import { ofFunction, ofMessaging, ofTable, type Shown, tableParts } from "./shown.ts";
import { alarmAt, graph, type Limit, type Series } from "./widgets.ts";

const ANY = "any is bad";

/** What fails. */
export const failuresRow = (shown: Shown): Row => ({
  height: 6,
  widgets: [functionFailures(shown), givenUp(shown), throttled(shown), conflicts(shown)],
});

function functionFailures(shown: Shown) {
  const { functionErrors = 0, functionThrottles } = shown.environment.alarms;
  return graph({
    title: `The function fails, or Lambda refuses to run it: ${ANY}`,
    unit: "invocations a minute",
    series: [
      { ...ofFunction(shown, "Errors"), label: "errors", statistic: "Sum" },
      { ...ofFunction(shown, "Throttles"), label: "throttles", statistic: "Sum" },
    ],
    limits: [...named("errors", functionErrors), ...named("throttles", functionThrottles)],
  });
}

function givenUp(shown: Shown) {
  const deadLetters: Series = {
    namespace: "AWS/SQS",
    name: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: shown.streamFunction.deadLetterQueueName },
    label: "dead letters that wait",
    statistic: "Maximum",
  };
  return graph({
    title: `Dead letters and refused records: ${ANY}`,
    unit: "number",
    series: [
      deadLetters,
      { ...ofMessaging(shown, REFUSED_RECORDS), label: "records refused a minute", statistic: "Sum" },
    ],
    limits: alarmAt(0),
  });
}

function throttled(shown: Shown) {
  const { throttledReads, throttledWrites } = shown.environment.alarms;
  return graph({
    title: `DynamoDB throttles: ${ANY}`,
    unit: "requests a minute",
    series: tableParts(shown).flatMap((part): Series[] => [
      { ...ofTable(part, "ReadThrottleEvents"), label: `reads of ${part.label}`, statistic: "Sum" },
      { ...ofTable(part, "WriteThrottleEvents"), label: `writes of ${part.label}`, statistic: "Sum" },
    ]),
    limits: [...named("reads", throttledReads), ...named("writes", throttledWrites)],
  });
}

const conflicts = (shown: Shown) =>
  graph({
    title: "Others write the same items: few are good, the function retries them",
    unit: "requests a minute",
    series: tableParts(shown)
      .filter(({ index }) => index === undefined)
      .map((part) => ({ ...ofTable(part, "TransactionConflict"), label: part.label, statistic: "Sum" })),
    limits: alarmAt(shown.environment.alarms.transactionConflicts),
  });

/** The threshold of one of several alarms of a graph. */
const named = (what: string, threshold: number | undefined): Limit[] =>
  alarmAt(threshold).map(({ label, value }) => ({ label: `${label}: ${what}`, value }));
