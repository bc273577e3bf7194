import { oncePerPlan, type Plan, type ResourceChange } from "../plan/plan.ts";
import { isAttributes, isList, textOf, type Value } from "../plan/value.ts";
import { isTriggered } from "./invoked-by-trigger.ts";
import { BLOCKED_WHERE_PROTECTED, CARE } from "./rule.ts";
import { half, less } from "./starved-scaling.ts";
import { becomesZero, changesTo, emptied, type Harm, lowered, raisedAbove } from "./harm.ts";
import { type HarmfulSetting } from "./setting.ts";

/** The items of a list, or the names in a map. The version of a layer doesn't count. */
function namesIn(value: Value | undefined): string[] {
  if (isAttributes(value)) return Object.keys(value);
  return isList(value)
    ? value
        .filter((item) => typeof item === "string")
        .map((item) => item.replace(/(:layer:[^:]+):\d+$/, "$1"))
    : [];
}

const without = (one: Value | undefined, other: Value | undefined) =>
  namesIn(one).filter((name) => !namesIn(other).includes(name));

/** A list or map has less in it. */
const losesSome: Harm = {
  line: "loses some",
  describe(from, to) {
    const lost = without(from, to);
    return lost.length > 0 ? `loses ${lost.join(", ")}` : undefined;
  },
};

const lambda = ["aws_lambda_function"];
const mapping = "aws_lambda_event_source_mapping";
const invocations = "aws_lambda_function_event_invoke_config";
const pipe = "aws_pipes_pipe";

const memory = {
  types: lambda,
  attribute: "memory_size",
  is: "the memory",
  harm: lowered({ unit: "MB", part: 0.5, absent: 128 }),
  why: "A function without enough memory ends in the middle of its work; it also gets less CPU with less memory.",
  instead:
    "Lower it in steps, and look at Max Memory Used and the duration in the function's reports in between.",
} as const;

const timeout = {
  types: lambda,
  attribute: "timeout",
  is: "the time limit",
  harm: lowered({ unit: "seconds", part: 1 / 3, below: 3, absent: 3 }),
  why: "A function that runs out of time ends in the middle of its work, and does it again at each retry.",
  instead: "Stay well above the longest duration of the last weeks, cold starts included.",
} as const;

/** A setting of functions, twice: it is worse if an event source mapping invokes the function. */
const ofFunctions = (setting: Omit<HarmfulSetting, "level">): readonly HarmfulSetting[] => [
  {
    ...setting,
    level: BLOCKED_WHERE_PROTECTED,
    appliesTo: isTriggered,
    appliesIf: "if an event source mapping invokes it",
  },
  {
    ...setting,
    level: CARE,
    appliesTo: (change, plan) => !isTriggered(change, plan),
    appliesIf: "if no event source mapping invokes it",
  },
];

const noRetry = {
  is: "the number of retries",
  harm: becomesZero,
  why: "One throttled or failed call is enough, and what it was to process is given up.",
  instead: "Keep a few retries: most failures pass within seconds.",
} as const;

const shortAge = {
  is: "the maximum age",
  harm: lowered({ unit: "seconds", part: 0, below: 3_600, absent: -1, endless: -1 }),
  why: "What isn't processed within that time is given up: one bad deployment takes longer.",
  instead: "Keep an hour at least, so that a fault can be repaired in the meantime.",
} as const;

const failures = {
  is: "the destination of failures",
  harm: emptied,
  level: CARE,
  why: "What fails for good is dropped without a trace.",
  instead: "Keep the destination.",
} as const;

const DESTINATIONS = ["destination_config", "dead_letter_config", "redrive_policy"];

/** The texts that say where failures are sent, which contain ARNs of queues. */
const destinationsIn = oncePerPlan((plan) =>
  plan.changes.flatMap(({ before, after }) =>
    DESTINATIONS.flatMap((name) => textsWithin((after ?? before)?.[name] ?? null)),
  ),
);

function textsWithin(value: Value): string[] {
  if (typeof value === "string") return [value];
  if (isList(value)) return value.flatMap(textsWithin);
  return isAttributes(value) ? Object.values(value).flatMap(textsWithin) : [];
}

/** Whether something in the plan sends its failures to a queue. */
function isDeadLetterQueue({ before }: ResourceChange, plan: Plan): boolean {
  const arn = textOf(before, "arn");
  return arn !== undefined && destinationsIn(plan).some((text) => text.includes(arn));
}

const pipeParts = ["dynamodb_stream_parameters", "kinesis_stream_parameters"];
const ofPipes = (attribute: string) => pipeParts.map((part) => `source_parameters.${part}.${attribute}`);

/** What functions, and whatever feeds them, need to do their work. */
export const FUNCTION_SETTINGS: readonly HarmfulSetting[] = [
  ...ofFunctions(memory),
  ...ofFunctions(timeout),
  {
    ...less,
    types: lambda,
    attribute: "ephemeral_storage.size",
    is: "the size of /tmp",
    harm: half("MB", 512),
  },
  {
    types: lambda,
    attribute: "vpc_config",
    is: "the VPC",
    harm: emptied,
    level: CARE,
    why: "The function reaches nothing that is in the VPC any more, and passes by its endpoints.",
    instead: "Keep it, unless the function needs only the internet.",
  },
  {
    types: lambda,
    attribute: "layers",
    is: "the list of layers",
    harm: losesSome,
    level: CARE,
    why: "Code that a layer brings is missing when the function starts.",
    instead: "Check that the function has in its own code what the layer brought.",
  },
  {
    types: lambda,
    attribute: "environment.variables",
    is: "the environment",
    harm: losesSome,
    level: CARE,
    why: "Code that reads the variable finds nothing.",
    instead: "First deploy code that doesn't read it, then remove it.",
  },
  {
    types: lambda,
    attribute: "file_system_config",
    is: "the file system",
    harm: emptied,
    level: CARE,
    why: "Files that the function reads and writes are missing.",
    instead: "First deploy code that doesn't use it, then remove it.",
  },
  { ...failures, types: lambda, attribute: "dead_letter_config" },
  { ...failures, types: [invocations], attribute: "destination_config.on_failure" },
  { ...noRetry, types: [invocations], attribute: "maximum_retry_attempts", level: CARE, alsoNew: true },
  {
    ...shortAge,
    types: [invocations],
    attribute: "maximum_event_age_in_seconds",
    harm: lowered({ unit: "seconds", part: 0, below: 3_600, absent: 21_600 }),
    level: CARE,
  },
  { ...noRetry, types: [mapping], attribute: "maximum_retry_attempts", level: BLOCKED_WHERE_PROTECTED },
  {
    ...shortAge,
    types: [mapping],
    attribute: "maximum_record_age_in_seconds",
    level: BLOCKED_WHERE_PROTECTED,
  },
  ...ofPipes("maximum_retry_attempts").map((attribute) => ({
    ...noRetry,
    types: [pipe],
    attribute,
    level: CARE,
  })),
  ...ofPipes("maximum_record_age_in_seconds").map((attribute) => ({
    ...shortAge,
    types: [pipe],
    attribute,
    level: CARE,
  })),
  {
    types: [pipe],
    attribute: "desired_state",
    is: "the pipe's state",
    harm: changesTo("STOPPED"),
    level: CARE,
    why: "Nothing passes until it runs again; records of a stream are lost after 24 hours.",
    instead: "Keep it running, or start it again within 24 hours.",
  },
  {
    ...less,
    types: [mapping],
    attribute: "parallelization_factor",
    is: "the parallelization factor",
    harm: half("batches of a shard at once", 1),
  },
  {
    ...less,
    types: [mapping],
    attribute: "batch_size",
    is: "the batch size",
    harm: lowered({ unit: "records", part: 0.1, absent: 100 }),
    why: "More calls process fewer records: the trigger falls behind.",
  },
  {
    ...less,
    types: [mapping],
    attribute: "scaling_config.maximum_concurrency",
    is: "the maximum concurrency",
    harm: half("calls at once"),
  },
  {
    types: [mapping],
    attribute: "maximum_batching_window_in_seconds",
    is: "the batching window",
    harm: raisedAbove(60, "seconds"),
    level: CARE,
    why: "Lambda waits for that long before it calls the function.",
    instead: "Keep it within a minute, unless nobody waits for the result.",
  },
  {
    types: ["aws_sqs_queue"],
    attribute: "message_retention_seconds",
    is: "the retention of a dead-letter queue",
    harm: lowered({ unit: "seconds", part: 0.5, below: 86_400, absent: 345_600 }),
    level: BLOCKED_WHERE_PROTECTED,
    appliesTo: isDeadLetterQueue,
    why: "What failed is deleted before somebody can repair it: over a weekend nobody looks.",
    instead: "Keep it at 14 days, the maximum.",
  },
];
