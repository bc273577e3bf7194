import { type Attributes, blockOf, textOf, textsIn } from "../plan/value.ts";
import { CARE } from "./rule.ts";
import { changes, changesTo, type Harm, lowered, raisedAbove, turnedOn } from "./harm.ts";
import { type HarmfulSetting } from "./setting.ts";

/** A list has more in it. */
const gainsSome: Harm = {
  line: "gets more",
  describe(from, to) {
    const gained = textsIn(to).filter((item) => !textsIn(from).includes(item));
    return gained.length > 0 ? `gets ${gained.join(", ")}` : undefined;
  },
};

/** For limits of what something may use. */
export const less = {
  level: CARE,
  why: "What is above the limit waits, is throttled or is refused.",
  instead: "First look at the highest use of the last weeks, and stay well above it.",
} as const;

/** A number is lowered to less than half. */
export const half = (unit: string, absent = 0) => lowered({ unit, part: 0.5, absent });

const scaling = {
  ...less,
  is: "the maximum",
  harm: lowered({ unit: "at most", part: 0.8 }),
  why: "At a peak it no longer grows as it did: what comes in is throttled or waits.",
} as const;

const smallest = { ...less, is: "the minimum", harm: half("at least") } as const;

const isOnDemand = (kinesis: Attributes | undefined) =>
  textOf(blockOf(kinesis, "stream_mode_details"), "stream_mode") === "ON_DEMAND";

/** Capacity and its limits. */
export const SCALING_SETTINGS: readonly HarmfulSetting[] = [
  {
    ...less,
    types: ["aws_lambda_provisioned_concurrency_config"],
    attribute: "provisioned_concurrent_executions",
    is: "the provisioned concurrency",
    harm: half("environments"),
  },
  {
    ...less,
    types: ["aws_kinesis_stream"],
    attribute: "shard_count",
    is: "the number of shards",
    harm: lowered({ unit: "shards", part: 0.75 }),
    appliesTo: ({ after }) => !isOnDemand(after),
  },
  {
    ...less,
    types: ["aws_kinesis_stream"],
    attribute: "stream_mode_details.stream_mode",
    is: "the stream's mode",
    harm: changesTo("PROVISIONED"),
    why: "The stream no longer grows with what is written to it.",
  },
  { ...scaling, types: ["aws_appautoscaling_target"], attribute: "max_capacity" },
  { ...smallest, types: ["aws_appautoscaling_target"], attribute: "min_capacity" },
  {
    ...scaling,
    types: ["aws_appautoscaling_scheduled_action"],
    attribute: "scalable_target_action.max_capacity",
  },
  {
    ...smallest,
    types: ["aws_appautoscaling_scheduled_action"],
    attribute: "scalable_target_action.min_capacity",
  },
  ...["schedule", "timezone", "start_time", "end_time"].map((attribute) => ({
    ...scaling,
    types: ["aws_appautoscaling_scheduled_action"],
    attribute,
    is: `the ${attribute.replace("_", " ")}`,
    harm: changes,
    why: "Its minimum and maximum hold from another time on: a peak can come before it.",
    instead: "Compare it with the hours of the highest use.",
  })),
  {
    ...scaling,
    types: ["aws_appautoscaling_policy"],
    attribute: "target_tracking_scaling_policy_configuration.target_value",
    is: "the utilization that it keeps",
    harm: raisedAbove(80, "percent"),
    why: "A peak that grows faster than it scales finds less room, and is throttled.",
  },
  ...["dynamic_scaling_out_suspended", "scheduled_scaling_suspended"].map((name) => ({
    ...scaling,
    types: ["aws_appautoscaling_target"],
    attribute: `suspended_state.${name}`,
    is: "the suspension of scaling",
    harm: turnedOn,
  })),
  { ...scaling, types: ["aws_autoscaling_group"], attribute: "max_size" },
  { ...smallest, types: ["aws_autoscaling_group"], attribute: "min_size" },
  {
    ...less,
    types: ["aws_autoscaling_group"],
    attribute: "desired_capacity",
    is: "the number of instances",
    harm: half("instances"),
  },
  {
    ...scaling,
    types: ["aws_autoscaling_group"],
    attribute: "suspended_processes",
    is: "the list of suspended processes",
    harm: gainsSome,
  },
  {
    ...less,
    types: ["aws_ecs_service"],
    attribute: "desired_count",
    is: "the number of tasks",
    harm: half("tasks"),
  },
  { ...scaling, types: ["aws_rds_cluster"], attribute: "serverlessv2_scaling_configuration.max_capacity" },
];
