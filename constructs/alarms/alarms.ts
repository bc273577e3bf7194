import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { Construct } from "constructs";

/** What an alarm is raised for: a metric that is over its threshold. */
export interface Condition {
  /** The end of the alarm's name, and the id of its construct. */
  readonly name: string;
  /** Its section of docs/runbook.md. Default: the name. */
  readonly section?: string;
  /** What it means, in a few words. */
  readonly meaning: string;
  /** Whether messages don't reach inboxes, or requests fail: then messaging is ill. If not, the alarm warns only. */
  readonly isIll: boolean;
  readonly namespace: string;
  /** The metric; or how many percent some metrics are of others. */
  readonly metricName: string | Share;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly statistic: "Sum" | "Maximum";
  /** The alarm is raised when the metric is greater; with `isRaisedByAbsence`, when it isn't. */
  readonly threshold: number;
  /** Seconds of a datapoint: how often AWS writes the metric, 60 or 300; or an hour, or a day. Default: 60 */
  readonly period?: number;
  /** How many of the last three datapoints have to be over the threshold, 1 to 3. Default: 2 */
  readonly datapointsToAlarm?: number;
  /** The alarm is raised when something doesn't happen for so many datapoints, one after the other. Default: when it does. */
  readonly isRaisedByAbsence?: { readonly datapoints: number };
}

/** How much of the sum of some metrics, `in`, is that of those among them, `of`. */
export interface Share {
  readonly of: readonly string[];
  readonly in: readonly string[];
}

export interface AlarmsProps {
  /** What the names of the alarms begin with. */
  readonly namePrefix: string;
  readonly conditions: readonly Condition[];
  /** SNS topics that are notified when an alarm begins and when it ends. */
  readonly topicArns: readonly string[];
}

/** A CloudWatch alarm for each condition; `docs/runbook.md` has a section for each. */
export class Alarms extends Construct {
  /** The names of the alarms that mean that messaging is ill. */
  readonly ill: readonly string[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const alarms = props.conditions.map((condition) => ({ condition, alarm: this.#add(condition, props) }));
    this.ill = alarms.filter(({ condition }) => condition.isIll).map(({ alarm }) => alarm.alarmName);
  }

  #add(condition: Condition, { namePrefix, topicArns }: AlarmsProps): CloudwatchMetricAlarm {
    const { name, section = name, meaning, period = 60, datapointsToAlarm = 2 } = condition;
    const absence = condition.isRaisedByAbsence;
    return new CloudwatchMetricAlarm(this, name, {
      alarmName: `${namePrefix}${name}`,
      alarmDescription: `docs/runbook.md#${section}: ${meaning}`,
      ...watched(condition, period),
      threshold: condition.threshold,
      comparisonOperator: absence ? "LessThanOrEqualToThreshold" : "GreaterThanThreshold",
      evaluationPeriods: absence?.datapoints ?? 3,
      datapointsToAlarm: absence?.datapoints ?? datapointsToAlarm,
      treatMissingData: absence ? "breaching" : "notBreaching",
      alarmActions: [...topicArns],
      okActions: [...topicArns],
      // CloudWatch deletes no alarm that the composite alarm combines: so that one is changed first.
      lifecycle: { createBeforeDestroy: true },
    });
  }
}

/** What an alarm watches: a metric, or a share of metrics. */
function watched({ namespace, metricName, dimensions, statistic: stat }: Condition, period: number) {
  if (typeof metricName === "string")
    return { namespace, metricName, ...(dimensions && { dimensions }), statistic: stat, period };
  const sum = (names: readonly string[]) => names.map((name) => `FILL(${idOf(name)}, 0)`).join(" + ");
  return {
    metricQuery: [
      {
        id: "share",
        label: "percent",
        expression: `100 * (${sum(metricName.of)}) / (${sum(metricName.in)})`,
        returnData: true,
      },
      ...metricName.in.map((name) => ({
        id: idOf(name),
        metric: { namespace, metricName: name, ...(dimensions && { dimensions }), stat, period },
        returnData: false,
      })),
    ],
  };
}

/** The id of a metric in an expression: it begins with a small letter. */
const idOf = (metricName: string) => metricName.charAt(0).toLowerCase() + metricName.slice(1);
