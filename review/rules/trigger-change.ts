import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blockOf, isUnknownOrHidden, numberOf, textOf, textsOf } from "../plan/value.ts";
import { BLOCKED, BLOCKED_WHERE_PROTECTED, CARE, type Rule, type RuleFinding } from "./rule.ts";
import { isTriggered } from "./invoked-by-trigger.ts";
import { checkFilter } from "./trigger-filter.ts";
import { deletedOrReplaced, forcedBy, nameOf } from "./wording.ts";

/** The trigger stops, skips records, repeats them, or loses failed ones. */
export const triggerChange: Rule = {
  name: "trigger-change",
  finds: [
    {
      level: BLOCKED,
      what: "the event source mapping is replaced, deleted or disabled, starts at LATEST, loses its dead-letter queue or `ReportBatchItemFailures`, or gets a narrower filter; its function is deleted or can't run",
    },
    {
      level: BLOCKED_WHERE_PROTECTED,
      what: "the maximum number of retries or the maximum record age is removed; the dead-letter queue is deleted",
    },
    {
      level: CARE,
      what: "the filter is wider; failing batches are no longer split; another dead-letter queue",
    },
  ],
  judges: {
    aws_lambda_event_source_mapping: [
      "bisect_batch_on_function_error",
      "destination_config",
      "enabled",
      "event_source_arn",
      "filter_criteria",
      "function_name",
      "function_response_types",
      "maximum_record_age_in_seconds",
      "maximum_retry_attempts",
      "starting_position",
    ],
    aws_lambda_function: ["function_name", "reserved_concurrent_executions"],
  },
  reason:
    "The trigger delivers every message to the members' inboxes. Records that it skips or gives up on are missing there, and nobody is notified.",
  source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html",
  check: (plan) => [
    ...plan.ofType("aws_lambda_event_source_mapping").flatMap(checkMapping),
    ...plan.ofType("aws_lambda_function").flatMap((change) => checkFunction(change, plan)),
    ...plan.ofType("aws_sqs_queue").flatMap((change) => checkQueue(change, plan)),
  ],
};

function checkMapping(change: ResourceChange): RuleFinding | RuleFinding[] {
  const { action } = change;
  if (action === "delete" || action === "forget") return mappingRemoved(change);
  if (action === "replace") return [mappingReplaced(change), ...checkSettings(change)];
  return action === "update" ? checkSettings(change) : [];
}

const mappingRemoved = (change: ResourceChange): RuleFinding => ({
  change,
  level: BLOCKED,
  what:
    change.action === "forget"
      ? "The trigger is removed from Terraform's state."
      : "The trigger is deleted: nothing processes the stream any more.",
  instead: "Keep it; or first process the records elsewhere, then delete it with an exception.",
});

function mappingReplaced(change: ResourceChange): RuleFinding {
  const position = textOf(change.after, "starting_position") ?? "(known after apply)";
  return {
    change,
    level: BLOCKED,
    what: `The trigger is replaced${forcedBy(change)}. The new one starts at ${position}: records ${
      position === "LATEST"
        ? "written before it is ready are never processed"
        : "that the stream still holds, up to 24 hours old, are processed again"
    }.`,
    instead:
      "Change it in place; or create a second trigger, and delete the first one when the second has caught up.",
  };
}

/** A harmful change to the settings of an event source mapping. */
interface HarmfulSetting extends Omit<RuleFinding, "change"> {
  readonly applies: (before: Attributes, after: Attributes) => boolean;
}

const failureBlockOf = (mapping: Attributes | undefined) =>
  blockOf(blockOf(mapping, "destination_config"), "on_failure");

const destinationOf = (mapping: Attributes | undefined) => textOf(failureBlockOf(mapping), "destination_arn");

const isDestinationKnown = (mapping: Attributes) =>
  !isUnknownOrHidden(mapping["destination_config"]) &&
  !isUnknownOrHidden(failureBlockOf(mapping)?.["destination_arn"]);

/** A negative or missing maximum is none: Lambda retries until the stream has dropped the record. */
const losesMaximum = (attribute: string) => (before: Attributes, after: Attributes) =>
  (numberOf(before, attribute) ?? -1) >= 0 &&
  !isUnknownOrHidden(after[attribute]) &&
  (numberOf(after, attribute) ?? -1) < 0;

const HARMFUL_SETTINGS: readonly HarmfulSetting[] = [
  {
    applies: (before, after) => before["enabled"] === true && after["enabled"] === false,
    level: BLOCKED,
    what: "The trigger is disabled: no record is processed until it is enabled again, and records older than 24 hours are lost.",
    instead:
      "Keep it enabled. To pause it in an emergency, follow the runbook and enable it within 24 hours.",
  },
  {
    applies: (before, after) =>
      destinationOf(before) !== undefined && destinationOf(after) === undefined && isDestinationKnown(after),
    level: BLOCKED,
    what: "The trigger loses its dead-letter queue: records that can't be processed are dropped without a trace.",
    instead: "Keep destinationConfig.onFailure.",
  },
  {
    applies: (before, after) => {
      const [from, to] = [destinationOf(before), destinationOf(after)];
      return from !== undefined && to !== undefined && from !== to;
    },
    level: CARE,
    what: "Records that can't be processed go to another queue, but the alarm and the runbook use the old one.",
    instead: "Let the alarm watch the new queue too, and empty the old one before deleting it.",
  },
  {
    applies: (before, after) =>
      textsOf(before, "function_response_types").includes("ReportBatchItemFailures") &&
      !isUnknownOrHidden(after["function_response_types"]) &&
      !textsOf(after, "function_response_types").includes("ReportBatchItemFailures"),
    level: BLOCKED,
    what: "Lambda ignores batchItemFailures: records that the function reports as failed count as processed, and are lost.",
    instead: 'Keep functionResponseTypes: ["ReportBatchItemFailures"].',
  },
  {
    applies: (before, after) =>
      before["bisect_batch_on_function_error"] === true && after["bisect_batch_on_function_error"] === false,
    level: CARE,
    what: "A failing batch is no longer split: one bad record sends its whole batch to the dead-letter queue.",
    instead: "Keep bisectBatchOnFunctionError on.",
  },
  {
    applies: losesMaximum("maximum_retry_attempts"),
    level: BLOCKED_WHERE_PROTECTED,
    what: "The maximum number of retries is removed: a failing batch blocks its shard until the records expire, for up to 24 hours.",
    instead: "Keep a number in maximumRetryAttempts.",
  },
  {
    applies: losesMaximum("maximum_record_age_in_seconds"),
    level: BLOCKED_WHERE_PROTECTED,
    what: "The maximum age of records is removed: a failing batch blocks its shard until the records expire, for up to 24 hours.",
    instead: "Keep a number in maximumRecordAgeSeconds.",
  },
  {
    applies: (before, after) => {
      const [from, to] = [textOf(before, "starting_position"), textOf(after, "starting_position")];
      return from !== undefined && to === "LATEST" && from !== to;
    },
    level: BLOCKED,
    what: "The starting position becomes LATEST: records written before the new trigger is ready are never processed.",
    instead: "Keep startingPosition at TRIM_HORIZON.",
  },
];

function checkSettings(change: ResourceChange): RuleFinding[] {
  const { before, after } = change;
  if (!before || !after) return [];
  const harmful = HARMFUL_SETTINGS.filter(({ applies }) => applies(before, after));
  return [...harmful, checkFilter(before, after)]
    .flat()
    .map(({ level, what, instead }) => ({ change, level, what, instead }));
}

function checkFunction(change: ResourceChange, plan: Plan): RuleFinding | [] {
  const { action, before, after } = change;
  const name = textOf(before, "function_name") ?? change.address;
  if (!isTriggered(change, plan)) return [];
  if (action === "delete" || action === "replace")
    return {
      change,
      level: BLOCKED,
      what: `Function ${name}, which the trigger invokes, is ${deletedOrReplaced(change)}.`,
      instead: "Keep its name; or create the new function beside it, and switch the trigger over.",
    };
  const [from, to] = [before, after].map((state) => numberOf(state, "reserved_concurrent_executions"));
  if (action !== "update" || to !== 0 || from === 0) return [];
  return {
    change,
    level: BLOCKED,
    what: `The reserved concurrency of function ${name} becomes 0: the trigger can't invoke it.`,
    instead:
      "Leave its reserved concurrency unset, or above the number of shards times parallelizationFactor.",
  };
}

/** Checks a queue that receives the failed records of a mapping. */
function checkQueue(change: ResourceChange, plan: Plan): RuleFinding | [] {
  const { action, before } = change;
  const arn = textOf(before, "arn");
  if ((action !== "delete" && action !== "replace") || arn === undefined) return [];
  const mappings = plan.ofType("aws_lambda_event_source_mapping");
  if (!mappings.some(({ before: mapping }) => destinationOf(mapping) === arn)) return [];
  return {
    change,
    level: BLOCKED_WHERE_PROTECTED,
    what: `The dead-letter queue ${nameOf(change)} is ${deletedOrReplaced(change)}: its entries are lost.`,
    why: "They are the only record of the messages that never reached an inbox.",
    instead: "Run the repair in the runbook until the queue is empty, then delete it.",
  };
}
