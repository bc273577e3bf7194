import type { Plan, ResourceChange } from "../plan/plan.ts";
import { BLOCKED, BLOCKED_WHERE_PROTECTED, CARE, type RuleFinding, type Levels, type Rule } from "./rule.ts";
import { type Attributes, blockOf, isUnknownOrHidden, numberOf, textOf, textsOf } from "../plan/value.ts";
import { checkFilter } from "./trigger-filter.ts";

/** The trigger stops, skips records, repeats them, or loses what fails. */
export const triggerChange: Rule = {
  name: "trigger-change",
  reason:
    "The mapping carries every message to the members' inboxes: what it skips or gives up on is missing there, and nobody is told.",
  source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html",
  check: (plan) => [
    ...plan.ofType("aws_lambda_event_source_mapping").flatMap((change) => checkMapping(change)),
    ...plan.ofType("aws_lambda_function").flatMap((change) => checkFunction(change, plan)),
    ...plan.ofType("aws_sqs_queue").flatMap((change) => checkQueue(change, plan)),
  ],
};

function checkMapping(change: ResourceChange): RuleFinding[] {
  const { action, before, after } = change;
  if (action === "delete" || action === "forget") return [gone(change)];
  if (action === "replace") return [replaced(change), ...settings(change)];
  if (action !== "update") return [];
  const disabled = before?.["enabled"] === true && after?.["enabled"] === false;
  return [
    ...(disabled
      ? [
          {
            change,
            level: BLOCKED,
            what: "The trigger is disabled: nothing is handled until it is enabled again, and records older than 24 hours are lost.",
            instead:
              "Leave it enabled. To pause it in an emergency, follow the runbook and enable it within 24 hours.",
          },
        ]
      : []),
    ...settings(change),
  ];
}

const gone = (change: ResourceChange): RuleFinding => ({
  change,
  level: BLOCKED,
  what:
    change.action === "forget"
      ? "Terraform is told to forget the trigger."
      : "The trigger is deleted: nothing handles the stream any more.",
  instead: "Keep it; or move the records' handling elsewhere first, and delete it with an exception.",
});

function replaced(change: ResourceChange): RuleFinding {
  const position = textOf(change.after, "starting_position") ?? "its starting position";
  const forced =
    change.forcedBy.length > 0 ? `, since ${change.forcedBy.join(", ")} can't be changed in place` : "";
  return {
    change,
    level: BLOCKED,
    what: `The trigger is deleted and made anew${forced}. The new one begins at ${position}: ${
      position === "LATEST"
        ? "what is written between the two is never handled"
        : "what the stream of the last 24 hours still holds is handled once more"
    }.`,
    instead: "Change it in place, or make a second one first and take the first away once it has caught up.",
  };
}

/** A setting of the mapping whose change does harm. */
interface Harm {
  readonly when: (before: Attributes, after: Attributes) => boolean;
  readonly level: Levels;
  readonly what: string;
  readonly instead: string;
}

const destination = (mapping: Attributes) =>
  textOf(blockOf(blockOf(mapping, "destination_config"), "on_failure"), "destination_arn");

const destinationUnproven = (mapping: Attributes) =>
  isUnknownOrHidden(mapping["destination_config"]) ||
  isUnknownOrHidden(blockOf(blockOf(mapping, "destination_config"), "on_failure")?.["destination_arn"]);

/** Less than zero stands for no bound: retried until the record is gone from the stream. */
const unbounded = (attribute: string) => (before: Attributes, after: Attributes) =>
  (numberOf(before, attribute) ?? -1) >= 0 &&
  !isUnknownOrHidden(after[attribute]) &&
  (numberOf(after, attribute) ?? -1) < 0;

const HARMS: readonly Harm[] = [
  {
    when: (before, after) =>
      destination(before) !== undefined && destination(after) === undefined && !destinationUnproven(after),
    level: BLOCKED,
    what: "The trigger loses its dead-letter queue: what can't be processed is dropped, and nobody can find it again.",
    instead: "Keep destinationConfig.onFailure.",
  },
  {
    when: (before, after) => {
      const [was, is] = [destination(before), destination(after)];
      return was !== undefined && is !== undefined && was !== is;
    },
    level: CARE,
    what: "What can't be processed goes to another queue: the alarm and the runbook look at the old one.",
    instead: "Let the alarm watch the new queue too, and empty the old one before it goes.",
  },
  {
    when: (before, after) =>
      textsOf(before, "function_response_types").includes("ReportBatchItemFailures") &&
      !isUnknownOrHidden(after["function_response_types"]) &&
      !textsOf(after, "function_response_types").includes("ReportBatchItemFailures"),
    level: BLOCKED,
    what: "Lambda no longer looks at batchItemFailures: records that the function reports as failed count as done, and are lost.",
    instead: 'Keep functionResponseTypes: ["ReportBatchItemFailures"].',
  },
  {
    when: (before, after) =>
      before["bisect_batch_on_function_error"] === true && after["bisect_batch_on_function_error"] === false,
    level: CARE,
    what: "A failing batch is no longer split: one bad record takes its whole batch to the dead-letter queue.",
    instead: "Keep bisectBatchOnFunctionError on.",
  },
  {
    when: unbounded("maximum_retry_attempts"),
    level: BLOCKED_WHERE_PROTECTED,
    what: "The bound on retries is removed: a batch that fails blocks its shard until the records expire, for up to 24 hours.",
    instead: "Keep maximumRetryAttempts at a number.",
  },
  {
    when: unbounded("maximum_record_age_in_seconds"),
    level: BLOCKED_WHERE_PROTECTED,
    what: "The bound on the age of records is removed: a batch that fails blocks its shard until the records expire, for up to 24 hours.",
    instead: "Keep maximumRecordAgeSeconds at a number.",
  },
  {
    when: (before, after) => {
      const [was, is] = [textOf(before, "starting_position"), textOf(after, "starting_position")];
      return was !== undefined && is === "LATEST" && was !== is;
    },
    level: BLOCKED,
    what: "The starting position becomes LATEST: what was written before the new trigger is ready is never handled.",
    instead: "Keep startingPosition at TRIM_HORIZON.",
  },
];

function settings(change: ResourceChange): RuleFinding[] {
  const { before, after } = change;
  if (!before || !after) return [];
  const filter = checkFilter(before, after);
  return [
    ...HARMS.filter(({ when }) => when(before, after)).map(({ level, what, instead }) => ({
      change,
      level,
      what,
      instead,
    })),
    ...(filter ? [{ change, ...filter }] : []),
  ];
}

function checkFunction(change: ResourceChange, plan: Plan): RuleFinding[] {
  const { action, before, after } = change;
  const name = textOf(before, "function_name") ?? change.address;
  const arn = textOf(before, "arn") ?? "";
  const triggers = plan
    .ofType("aws_lambda_event_source_mapping")
    .some(
      ({ before: mapping }) =>
        [name, arn].includes(textOf(mapping, "function_name") ?? "nothing") ||
        (textOf(mapping, "function_arn") ?? "nothing").startsWith(arn || "none"),
    );
  if (!triggers) return [];
  if (action === "delete" || action === "replace")
    return [
      {
        change,
        level: BLOCKED,
        what: `Function ${name}, which the trigger runs, is ${action === "delete" ? "deleted" : `deleted and made anew, since ${change.forcedBy.join(", ") || "it is to be"} can't be changed in place`}.`,
        instead: "Keep its name; make the other one beside it, and move the trigger over.",
      },
    ];
  const [was, is] = [before, after].map((attributes) =>
    numberOf(attributes, "reserved_concurrent_executions"),
  );
  if (action !== "update" || is !== 0 || was === 0) return [];
  return [
    {
      change,
      level: BLOCKED,
      what: `Function ${name} may run no instance at all: the trigger stands still.`,
      instead:
        "Leave its reserved concurrency unset, or above the stream's shards times parallelizationFactor.",
    },
  ];
}

/** A queue that mappings send to what they couldn't process. */
function checkQueue(change: ResourceChange, plan: Plan): RuleFinding[] {
  const { action, before } = change;
  if (action !== "delete" && action !== "replace") return [];
  const arn = textOf(before, "arn");
  const isDestination = plan
    .ofType("aws_lambda_event_source_mapping")
    .some(
      ({ before: mapping }) => arn !== undefined && mapping !== undefined && destination(mapping) === arn,
    );
  if (!isDestination) return [];
  return [
    {
      change,
      level: BLOCKED_WHERE_PROTECTED,
      what: `The dead-letter queue ${textOf(before, "name") ?? change.address} is deleted with what is in it${change.forcedBy.length > 0 ? `, since ${change.forcedBy.join(", ")} can't be changed in place` : ""}.`,
      why: "Its entries are the only trace of the messages that never reached an inbox.",
      instead: "Run the repair of the runbook until it is empty, then delete it.",
    },
  ];
}
