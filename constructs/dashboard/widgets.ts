/** A metric as CloudWatch names it. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A line of a graph. */
export interface Series extends Metric {
  readonly label: string;
  readonly statistic: "Average" | "Maximum" | "SampleCount" | "Sum";
  /** A metric math expression of the series, named `m`: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
  readonly expression?: string;
}

/** A horizontal line of a graph. */
export interface Limit {
  readonly label: string;
  readonly value: number;
}

export interface GraphProps {
  /** What it shows, and what is good or bad. */
  readonly title: string;
  /** The unit of all series, at the axis. */
  readonly unit: string;
  readonly series: readonly Series[];
  /** Where alarms are raised, and maxima. Default: none */
  readonly limits?: readonly Limit[];
  /** Seconds of a datapoint. Default: 60 */
  readonly period?: number;
}

/** A widget that has no place yet. */
export interface Widget {
  readonly type: "alarm" | "metric" | "text";
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A graph over time. */
export const graph = ({ title, unit, series, limits = [], period = 60 }: GraphProps): Widget => ({
  type: "metric",
  properties: {
    title,
    view: "timeSeries",
    stacked: false,
    period,
    metrics: series.flatMap(linesOf),
    yAxis: { left: { label: unit, min: 0, showUnits: false } },
    ...(limits.length > 0 && { annotations: { horizontal: limits } }),
  },
});

/** The states of alarms: those that are raised come first. */
export const alarmStates = (title: string, alarms: readonly string[]): Widget => ({
  type: "alarm",
  properties: { title, sortBy: "stateUpdatedTimestamp", alarms },
});

export const text = (markdown: string): Widget => ({ type: "text", properties: { markdown } });

/** The threshold of an alarm, if the environment has that alarm. */
export const alarmAt = (threshold: number | undefined): Limit[] =>
  threshold === undefined ? [] : [{ label: "alarm", value: threshold }];

/** A series as a dashboard has it, and what it is calculated from. */
function linesOf(
  { namespace, name, dimensions, label, statistic, expression }: Series,
  index: number,
): (readonly unknown[])[] {
  const metric = [namespace, name, ...Object.entries(dimensions).flat()];
  if (expression === undefined) return [[...metric, { label, stat: statistic }]];
  const id = `m${index}`;
  return [
    [{ expression: expression.replaceAll(/\bm\b/g, id), label, id: `e${index}` }],
    [...metric, { id, stat: statistic, visible: false }],
  ];
}
