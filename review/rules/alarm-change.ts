import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, isEmpty, isSame, isUnknownOrHidden, numberOf, textOf } from "../plan/value.ts";
import { of, ownersOf } from "./removal.ts";
import { CARE, type Found, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** The attributes of an alarm that say what it watches. */
const WATCHED = [
  "namespace",
  "metric_name",
  "dimensions",
  "statistic",
  "extended_statistic",
  "metric_query",
  "threshold_metric_id",
];

/** What the dimensions of an alarm name. */
export const WATCHED_RESOURCE = of(
  "dimensions",
  "aws_alb",
  "aws_autoscaling_group",
  "aws_db_instance",
  "aws_dynamodb_table",
  "aws_ecs_service",
  "aws_elasticache_cluster",
  "aws_instance",
  "aws_kinesis_stream",
  "aws_lambda_function",
  "aws_lb",
  "aws_rds_cluster",
  "aws_sns_topic",
  "aws_sqs_queue",
);

/** A threshold may move by this factor; a time may become as many times longer. */
const FACTOR = 10;

const DAY_SECONDS = 86_400;

export const alarmFinds: readonly Found[] = [
  {
    level: CARE,
    what: "an alarm watches another metric, statistic or dimension, though the former is still there, or fires on the other side of its threshold (`aws_cloudwatch_metric_alarm`)",
  },
  {
    level: CARE,
    what: `an alarm's threshold moves away by more than a factor of ${FACTOR} (0 counts as 1), or to where the metric can't reach it: 100 % or more, less than 0 (\`aws_cloudwatch_metric_alarm\`)`,
  },
  {
    level: CARE,
    what: `an alarm waits for longer than a day, or more than ${FACTOR} times longer: its period by the datapoints that it needs (\`aws_cloudwatch_metric_alarm\`)`,
  },
];

/** The attributes that `checkAlarm` judges. */
export const alarmJudges = [
  ...WATCHED,
  "comparison_operator",
  "threshold",
  "period",
  "evaluation_periods",
  "datapoints_to_alarm",
];

/** What an alarm that is updated or replaced no longer tells. */
export const checkAlarm = (change: ResourceChange, plan: Plan): RuleFinding[] =>
  change.action !== "update" && change.action !== "replace"
    ? []
    : [checkWatched(change, plan), checkThreshold(change), checkWait(change)].flat();

function checkWatched(change: ResourceChange, plan: Plan): RuleFinding | [] {
  const { before, after } = change;
  const changed = WATCHED.filter(
    (name) => !isUnknownOrHidden(after?.[name]) && !isSame(before?.[name], after?.[name]),
  );
  const isTurned = direction(before) * direction(after) < 0;
  if (changed.length === 0 && !isTurned) return [];
  if (changed.join() === "dimensions" && !isTurned && isGone(change, plan)) return [];
  return {
    change,
    level: CARE,
    what: isTurned
      ? `Alarm ${nameOf(change)} fires on the other side of its threshold: ${textOf(after, "comparison_operator") ?? ""} instead of ${textOf(before, "comparison_operator") ?? ""}.`
      : `Alarm ${nameOf(change)} watches something else: ${changed.join(", ")} ${changed.length === 1 ? "changes" : "change"}.`,
    why: "Nobody is told any more of what it watched before.",
    instead: "If that still matters, keep this alarm and add another one.",
  };
}

/** Whether what it watched is deleted or replaced in the same plan, so that it has to watch something else. */
const isGone = (change: ResourceChange, plan: Plan) =>
  ownersOf(change, WATCHED_RESOURCE, plan).some(({ action }) => action === "delete" || action === "replace");

/** 1 for an alarm that fires above its threshold, -1 below, 0 if it can't be told. */
function direction(alarm: Attributes | undefined): number {
  const operator = textOf(alarm, "comparison_operator") ?? "";
  if (/^Greater\w*Threshold$/.test(operator)) return 1;
  return operator.startsWith("LessThan") && operator.endsWith("Threshold") ? -1 : 0;
}

function checkThreshold(change: ResourceChange): RuleFinding | [] {
  const { before, after } = change;
  const [from, to] = [before, after].map((alarm) => numberOf(alarm, "threshold"));
  const side = direction(after);
  if (from === undefined || to === undefined || side === 0) return [];
  const isFar =
    side > 0 ? to > FACTOR * (Math.abs(from) || 1) : to < (from > 0 ? from / FACTOR : from * FACTOR);
  if (!isFar && (!isOutOfReach(after, to) || isOutOfReach(before, from))) return [];
  return {
    change,
    level: CARE,
    what: `The threshold of alarm ${nameOf(change)} moves from ${from} to ${to}, so it ${isOutOfReach(after, to) ? "can't fire any more" : "fires much less"}.`,
    instead: "Move it in smaller steps, and look at the metric's history first.",
  };
}

/** Whether a metric can't reach that threshold: more than 100 %, or less than nothing. */
function isOutOfReach(alarm: Attributes | undefined, threshold: number): boolean {
  const isEqualEnough = (textOf(alarm, "comparison_operator") ?? "").includes("OrEqualTo");
  if (direction(alarm) < 0) return isEqualEnough ? threshold < 0 : threshold <= 0;
  // A task of ECS may use more than it reserves.
  const isPercentage =
    textOf(alarm, "unit") === "Percent" ||
    (/Utilization$|Percent(age)?$/.test(textOf(alarm, "metric_name") ?? "") &&
      !/ECS|ContainerInsights/.test(textOf(alarm, "namespace") ?? ""));
  return isPercentage && (isEqualEnough ? threshold > 100 : threshold >= 100);
}

function checkWait(change: ResourceChange): RuleFinding | [] {
  const [from, to] = [change.before, change.after].map(waitOf);
  if (from === undefined || to === undefined || to <= from) return [];
  if (to <= FACTOR * from && (to <= DAY_SECONDS || from > DAY_SECONDS)) return [];
  return {
    change,
    level: CARE,
    what: `Alarm ${nameOf(change)} waits for ${to} seconds instead of ${from} before it fires.`,
    instead: "Keep the period and the number of datapoints that it needs, or raise them less.",
  };
}

/** For how many seconds the metric has to be beyond the threshold; undefined if it isn't known. */
function waitOf(alarm: Attributes | undefined): number | undefined {
  const period = numberOf(alarm, "period");
  const needed = alarm?.["datapoints_to_alarm"];
  const periods = isEmpty(needed) || needed === 0 ? numberOf(alarm, "evaluation_periods") : needed;
  return period === undefined || typeof periods !== "number" ? undefined : period * periods;
}
