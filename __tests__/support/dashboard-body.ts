import { z } from "zod";
import type { ShownMetric } from "./documented-metrics.ts";
import type { Synthesized } from "./synthesized.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
const [WIDGETS, METRICS_OF_WIDGET, METRICS, ALARMS_OF_WIDGET, COLUMNS] = [500, 500, 2_500, 100, 24];

const place = {
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  width: z.int().min(1).max(COLUMNS),
  height: z.int().min(1).max(1_000),
};

const options = z.strictObject({
  expression: z.string().optional(),
  id: z
    .string()
    .regex(/^[a-z]\w*$/)
    .optional(),
  label: z.string().optional(),
  stat: z.enum(["Average", "Maximum", "Minimum", "SampleCount", "Sum"]).optional(),
  visible: z.boolean().optional(),
});

/** Namespace, name, names and values of dimensions, and options; or the options of an expression alone. */
const series = z.union([
  z.tuple([options.required({ expression: true })]),
  z
    .array(z.union([z.string(), options]))
    .refine((parts) => parts.length % 2 === 1 && typeof parts.at(-1) === "object", {
      error: "must be a namespace, a name, dimensions and options",
    }),
]);

const metricProperties = z.strictObject({
  region: z.string(),
  title: z.string(),
  view: z.literal("timeSeries"),
  stacked: z.boolean(),
  period: z.int().multipleOf(60),
  metrics: z.array(series).min(1).max(METRICS_OF_WIDGET),
  yAxis: z.strictObject({
    left: z.strictObject({ label: z.string(), min: z.number(), showUnits: z.boolean() }),
  }),
  annotations: z
    .strictObject({ horizontal: z.array(z.strictObject({ label: z.string(), value: z.number() })).min(1) })
    .optional(),
});

const alarmProperties = z.strictObject({
  title: z.string(),
  sortBy: z.enum(["default", "stateUpdatedTimestamp", "timestamp"]),
  alarms: z.array(z.string()).min(1).max(ALARMS_OF_WIDGET),
});

/** The part of a dashboard's body that ours use: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const bodySchema = z.strictObject({
  periodOverride: z.enum(["auto", "inherit"]),
  widgets: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("metric"), ...place, properties: metricProperties }),
        z.strictObject({ type: z.literal("alarm"), ...place, properties: alarmProperties }),
        z.strictObject({
          type: z.literal("text"),
          ...place,
          properties: z.strictObject({ markdown: z.string() }),
        }),
      ]),
    )
    .max(WIDGETS),
});

interface PlacedWidget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The body of a dashboard, not yet validated. */
export interface DashboardBody {
  readonly widgets: readonly PlacedWidget[];
}

/** The body of a stack's only dashboard. */
export const bodyOf = (stack: Synthesized) =>
  JSON.parse(stack.one("aws_cloudwatch_dashboard")["dashboard_body"] as string) as DashboardBody;

/** What is wrong with a body: what AWS documents otherwise, widgets that overlap or leave the grid, and its quotas. */
export function findFaults(body: DashboardBody): string[] {
  const { error } = bodySchema.safeParse(body);
  const faults = error ? [z.prettifyError(error)] : [];
  for (const [index, one] of body.widgets.entries()) {
    if (one.x + one.width > COLUMNS) faults.push(`widget ${index} leaves the grid`);
    for (const other of body.widgets.slice(0, index))
      if (overlap(one, other)) faults.push(`widget ${index} overlaps another`);
  }
  if (metricsOf(body).length > METRICS) faults.push(`more than ${METRICS} metrics`);
  return faults;
}

const overlap = (one: PlacedWidget, other: PlacedWidget) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

/** Every metric of a dashboard. */
export const metricsOf = ({ widgets }: DashboardBody): ShownMetric[] =>
  widgets
    .flatMap(({ properties }) => (properties["metrics"] ?? []) as unknown[][])
    .flatMap((parts) => {
      const [namespace, metric, ...dimensions] = parts.filter((part) => typeof part === "string");
      if (namespace === undefined || metric === undefined) return [];
      return [{ namespace, metric, dimensions: dimensions.filter((_, index) => index % 2 === 0) }];
    });
