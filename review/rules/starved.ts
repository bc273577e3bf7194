import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, isUnknownOrHidden, numberOf, textOf } from "../plan/value.ts";
import { isTriggered, triggersOf } from "./invoked-by-trigger.ts";
import { BLOCKED_WHERE_PROTECTED, CARE, mergeAttributes, type Rule, type RuleFinding } from "./rule.ts";
import { checkSettings, findsOfSettings, judgedSettings, typesJudgedNew } from "./setting.ts";
import { FUNCTION_SETTINGS } from "./starved-function.ts";
import { SCALING_SETTINGS } from "./starved-scaling.ts";

const SETTINGS = [...FUNCTION_SETTINGS, ...SCALING_SETTINGS];

/** A function, its trigger or a capacity is left with too little to do its work. */
export const starved: Rule = {
  name: "starved",
  finds: [
    ...findsOfSettings(SETTINGS),
    {
      level: BLOCKED_WHERE_PROTECTED,
      what: "a function's reserved concurrency is lowered below what one shard of its triggers needs, the sum of their parallelization factors (`aws_lambda_function`)",
    },
    {
      level: CARE,
      what: "a function's reserved concurrency becomes 0, is lowered to less than half, or is set where there was no limit (`aws_lambda_function`); a queue's visibility timeout falls below the time limit of the function that it triggers (`aws_sqs_queue`, `aws_lambda_function`); auto scaling, or one of its schedules, is removed from what stays and isn't on demand (`aws_appautoscaling_target`, `aws_appautoscaling_policy`, `aws_appautoscaling_scheduled_action`)",
    },
  ],
  judges: mergeAttributes(
    // Of the environment only the names count: its values may be hidden.
    judgedSettings(SETTINGS.filter(({ attribute }) => attribute !== "environment.variables")),
    {
      aws_lambda_function: ["reserved_concurrent_executions"],
      aws_sqs_queue: ["visibility_timeout_seconds"],
    },
  ),
  judgesNew: typesJudgedNew(SETTINGS),
  reason: "With less than it needs, it fails, falls behind, or gives up what it was to process.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html",
  check: (plan) => [
    ...checkSettings(plan, SETTINGS),
    ...plan.ofType("aws_lambda_function").flatMap((change) => checkConcurrency(change, plan)),
    ...plan.ofType("aws_lambda_event_source_mapping").flatMap((change) => checkVisibility(change, plan)),
    ...plan.ofType(...Object.keys(SCALES)).flatMap((change) => checkScalingRemoved(change, plan)),
  ],
};

/** A negative or missing number is no limit. */
function concurrencyOf(fn: Attributes | undefined): number {
  const reserved = numberOf(fn, "reserved_concurrent_executions") ?? -1;
  return reserved < 0 ? Infinity : reserved;
}

function checkConcurrency(change: ResourceChange, plan: Plan): RuleFinding | [] {
  const { action, before, after } = change;
  if (action !== "update" || isUnknownOrHidden(after?.["reserved_concurrent_executions"])) return [];
  const [from, to] = [concurrencyOf(before), concurrencyOf(after)];
  // The rule trigger-change blocks 0 where a trigger invokes the function.
  if (to >= from || (to === 0 && isTriggered(change, plan))) return [];
  const needed = triggersOf(change, plan)
    .filter(({ after }) => after !== undefined)
    .reduce((sum, { after }) => sum + (numberOf(after, "parallelization_factor") ?? 1), 0);
  const isTooLittle = to < needed;
  if (!isTooLittle && to >= from / 2) return [];
  const needs = isTooLittle ? `: one shard of its triggers needs ${needed}` : "";
  return {
    change,
    level: isTooLittle ? BLOCKED_WHERE_PROTECTED : CARE,
    what: `The reserved concurrency of ${change.address} ${from === Infinity ? `is limited to ${to}, from no limit` : `is lowered from ${from} to ${to}`}${needs}.`,
    why: "Calls above it are throttled; a trigger that is throttled falls behind until its records expire.",
    instead:
      "Leave it unset, or above the highest concurrency of the last weeks and above the number of shards times parallelizationFactor.",
  };
}

/** Checks the queue of a trigger and its function: either of them may change. */
function checkVisibility(mapping: ResourceChange, plan: Plan): RuleFinding | [] {
  const source = textOf(mapping.after, "event_source_arn");
  const queue = plan.ofType("aws_sqs_queue").find(({ before }) => textOf(before, "arn") === source);
  if (source === undefined || !queue?.after) return [];
  const fn = plan.ofType("aws_lambda_function").find((change) => triggersOf(change, plan).includes(mapping));
  if (!fn?.after) return [];
  const visible = [queue.before, queue.after].map((one) => numberOf(one, "visibility_timeout_seconds") ?? 30);
  const runs = [fn.before ?? fn.after, fn.after].map((one) => numberOf(one, "timeout") ?? 3);
  const [visibleBefore = 0, visibleAfter = 0] = visible;
  const [runsBefore = 0, runsAfter = 0] = runs;
  if (visibleAfter >= runsAfter || visibleBefore < runsBefore) return [];
  return {
    change: visibleAfter === visibleBefore ? fn : queue,
    level: CARE,
    what: `Messages of ${queue.address} are visible again after ${visibleAfter} seconds, but ${fn.address} may take ${runsAfter} seconds.`,
    why: "A message that is still being processed is given to the function again.",
    instead: "Keep the visibility timeout at six times the function's time limit.",
  };
}

/** What is removed with a resource of Application Auto Scaling. */
const SCALES: Readonly<Record<string, string>> = {
  aws_appautoscaling_policy: "A policy that scales",
  aws_appautoscaling_scheduled_action: "A schedule that scales",
  aws_appautoscaling_target: "The scaling of",
};

function checkScalingRemoved(change: ResourceChange, plan: Plan): RuleFinding | [] {
  if (change.action !== "delete" || isForNothing(change, plan)) return [];
  const [resource, dimension] = ["resource_id", "scalable_dimension"].map((name) =>
    textOf(change.before, name),
  );
  return {
    change,
    level: CARE,
    what: `${SCALES[change.type] ?? ""} ${resource ?? change.address} (${dimension ?? "unknown"}) is removed.`,
    why: "If it stays, its capacity stays as it is now, whatever comes in.",
    instead: "Keep it, or first set the capacity that the highest load needs.",
  };
}

/** Whether the table that it scales goes, or gets on demand: then there is nothing to scale. */
function isForNothing({ before }: ResourceChange, plan: Plan): boolean {
  const table = /^table\/([^/]+)/.exec(textOf(before, "resource_id") ?? "")?.[1];
  return plan
    .ofType("aws_dynamodb_table")
    .some(
      (change) =>
        table !== undefined &&
        textOf(change.before, "name") === table &&
        (change.action === "delete" || textOf(change.after, "billing_mode") === "PAY_PER_REQUEST"),
    );
}
