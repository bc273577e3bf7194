import { arnOf, type PlannedCase, type PlannedCases } from "../planned-cases.ts";

type Values = Exclude<PlannedCase["harmful"], "deleted">;

const case_ = (
  type: string,
  finds: string,
  [deployed, harmful, harmless]: readonly [
    Values | undefined,
    PlannedCase["harmful"],
    PlannedCase["harmless"],
  ],
  more: Partial<PlannedCase> = {},
): PlannedCase => ({
  rule: "starved",
  type,
  ...(deployed && { deployed }),
  harmful,
  harmless,
  finds,
  ...more,
});

const role = "arn:aws:iam::111111111111:role/role";
const tableStream = (table: string) =>
  `arn:aws:dynamodb:ca-central-1:111111111111:table/${table}/stream/2030-01-01T00:00:00.000`;
const fn = (function_name: string, rest: object = {}) => ({
  function_name,
  role,
  package_type: "Image",
  image_uri: "111111111111.dkr.ecr.ca-central-1.amazonaws.com/image:1",
  memory_size: 512,
  timeout: 30,
  ...rest,
});
const zip = (rest: object) => ({
  function_name: "zip",
  role,
  handler: "index.handler",
  runtime: "nodejs22.x",
  s3_bucket: "a-bucket",
  s3_key: "key",
  ...rest,
});
const layers = (...names: readonly string[]) => ({
  layers: names.map((name) => `arn:aws:lambda:ca-central-1:111111111111:layer:${name}`),
});
const mapping = (name: string, rest: object = {}) => ({
  function_name: name,
  event_source_arn: tableStream(name),
  starting_position: "TRIM_HORIZON",
  ...rest,
});
const triggerOf = (name: string, rest: object = {}) => ({
  beside: { [`aws_lambda_event_source_mapping.of-${name}`]: mapping(name, rest) },
});
const pollsQueue = (rest: object) => ({
  function_name: "m",
  event_source_arn: "arn:aws:sqs:ca-central-1:111111111111:m",
  ...rest,
});
const fromQueue = (queue: string, name: string) => ({
  [`aws_lambda_event_source_mapping.${name}`]: {
    function_name: name,
    event_source_arn: arnOf("aws_sqs_queue", queue),
  },
});
/** Without them, the made-up state has none, which no deployed pipe has. */
const bounds = { maximum_retry_attempts: 10, maximum_record_age_in_seconds: 7_200 };
const pipe = (kind: "dynamodb" | "kinesis", parameters: object, rest: object = {}) => ({
  name: "pipe",
  role_arn: role,
  source:
    kind === "dynamodb" ? tableStream("piped") : "arn:aws:kinesis:ca-central-1:111111111111:stream/stream",
  target: "arn:aws:sqs:ca-central-1:111111111111:queue",
  source_parameters: {
    [`${kind}_stream_parameters`]: { starting_position: "LATEST", ...bounds, ...parameters },
  },
  ...rest,
});
const kinesis = (rest: object) => ({ name: "stream", ...rest });
const target = (min_capacity: number, max_capacity: number, table = "scaled", rest: object = {}) => ({
  min_capacity,
  max_capacity,
  resource_id: `table/${table}`,
  scalable_dimension: "dynamodb:table:WriteCapacityUnits",
  service_namespace: "dynamodb",
  ...rest,
});
const suspended = (rest: object) =>
  target(5, 100, "scaled", {
    suspended_state: {
      dynamic_scaling_in_suspended: false,
      dynamic_scaling_out_suspended: false,
      scheduled_scaling_suspended: false,
      ...rest,
    },
  });
const policy = (target_value: number) => ({
  name: "policy",
  policy_type: "TargetTrackingScaling",
  resource_id: "table/scaled",
  scalable_dimension: "dynamodb:table:ReadCapacityUnits",
  service_namespace: "dynamodb",
  target_tracking_scaling_policy_configuration: {
    target_value,
    predefined_metric_specification: { predefined_metric_type: "DynamoDBReadCapacityUtilization" },
  },
});
const schedule = (min_capacity: number, max_capacity: number, rest: object = {}) => ({
  name: "day",
  schedule: "cron(0 7 * * ? *)",
  timezone: "America/Toronto",
  resource_id: "table/scaled",
  scalable_dimension: "dynamodb:table:WriteCapacityUnits",
  service_namespace: "dynamodb",
  scalable_target_action: { min_capacity, max_capacity },
  ...rest,
});
const group = (min_size: number, max_size: number, rest: object = {}) => ({
  name: "group",
  min_size,
  max_size,
  launch_configuration: "configuration",
  availability_zones: ["ca-central-1a"],
  ...rest,
});
const service = (desired_count: number) => ({
  name: "service",
  cluster: "cluster",
  task_definition: "task:1",
  desired_count,
});
const serverless = (max_capacity: number) => ({
  cluster_identifier: "cluster",
  engine: "aurora-mysql",
  master_username: "admin",
  skip_final_snapshot: true,
  availability_zones: ["ca-central-1a", "ca-central-1b", "ca-central-1d"],
  serverlessv2_scaling_configuration: { min_capacity: 1, max_capacity },
});
const provisioned = (provisioned_concurrent_executions: number) => ({
  function_name: "fn",
  qualifier: "live",
  provisioned_concurrent_executions,
});
const invocations = (rest: object) => ({ function_name: "fn", ...rest });
const failures = {
  destination_config: { on_failure: { destination: "arn:aws:sqs:ca-central-1:111111111111:queue" } },
};

/** What is left with too little to do its work. */
export const starvedCases: PlannedCases = {
  "the memory of a triggered function": case_(
    "aws_lambda_function",
    "blocked/care The memory of a is lowered from 512 to 128 MB.",
    [fn("a"), fn("a", { memory_size: 128 }), fn("a", { memory_size: 256 })],
    triggerOf("a"),
  ),
  "the memory of another function": case_(
    "aws_lambda_function",
    "care/care The memory of b is lowered from 512 to 255 MB.",
    [fn("b"), fn("b", { memory_size: 255 }), fn("b", { memory_size: 1_024 })],
  ),
  "the time of a triggered function": case_(
    "aws_lambda_function",
    "blocked/care The time limit of c is lowered from 30 to 9 seconds.",
    [fn("c"), fn("c", { timeout: 9 }), fn("c", { timeout: 10 })],
    triggerOf("c"),
  ),
  "the time of another function": case_(
    "aws_lambda_function",
    "care/care The time limit of d is lowered from 5 to 2 seconds.",
    [fn("d", { timeout: 5 }), fn("d", { timeout: 2 }), fn("d", { timeout: 3 })],
  ),
  "the size of a function's disk": case_("aws_lambda_function", "care/care The size of /tmp of", [
    fn("e", { ephemeral_storage: { size: 4_096 } }),
    fn("e", { ephemeral_storage: { size: 1_024 } }),
    fn("e", { ephemeral_storage: { size: 2_048 } }),
  ]),
  "a function without its VPC": case_("aws_lambda_function", "care/care The VPC of", [
    fn("f", { vpc_config: { subnet_ids: ["subnet-11111111"], security_group_ids: ["sg-11111111"] } }),
    fn("f"),
    fn("f", {
      vpc_config: { subnet_ids: ["subnet-11111111"], security_group_ids: ["sg-11111111"] },
      timeout: 40,
    }),
  ]),
  "a function without a layer": case_(
    "aws_lambda_function",
    "care/care The list of layers of zip loses arn:aws:lambda:ca-central-1:111111111111:layer:b.",
    [zip(layers("a:1", "b:7")), zip(layers("a:1")), zip(layers("a:2", "b:8", "c:1"))],
  ),
  "a function without a variable": case_(
    "aws_lambda_function",
    "care/care The environment of g loses TABLE.",
    [
      fn("g", { environment: { variables: { TABLE: "messages", LEVEL: "info" } } }),
      fn("g", { environment: { variables: { LEVEL: "info" } } }),
      fn("g", { environment: { variables: { TABLE: "messages", LEVEL: "debug", MORE: "1" } } }),
    ],
  ),
  "a function without its files": case_("aws_lambda_function", "care/care The file system of", [
    zip({
      file_system_config: {
        arn: "arn:aws:elasticfilesystem:ca-central-1:111111111111:access-point/fsap-12345678901234567",
        local_mount_path: "/mnt/a",
      },
    }),
    zip({}),
    zip({
      file_system_config: {
        arn: "arn:aws:elasticfilesystem:ca-central-1:111111111111:access-point/fsap-12345678901234567",
        local_mount_path: "/mnt/a",
      },
      memory_size: 256,
    }),
  ]),
  "a function's dead-letter queue": case_("aws_lambda_function", "care/care The destination of failures of", [
    fn("h", { dead_letter_config: { target_arn: "arn:aws:sqs:ca-central-1:111111111111:queue" } }),
    fn("h"),
    fn("h", {
      dead_letter_config: { target_arn: "arn:aws:sqs:ca-central-1:111111111111:queue" },
      timeout: 60,
    }),
  ]),
  "the destination of failures": case_(
    "aws_lambda_function_event_invoke_config",
    "care/care The destination of failures of",
    [
      invocations({ maximum_retry_attempts: 2, ...failures }),
      invocations({ maximum_retry_attempts: 2 }),
      invocations({ maximum_retry_attempts: 1, ...failures }),
    ],
  ),
  "no retry of calls": case_(
    "aws_lambda_function_event_invoke_config",
    "care/care The number of retries of",
    [undefined, invocations({ maximum_retry_attempts: 0 }), invocations({ maximum_retry_attempts: 1 })],
  ),
  "calls that soon are too old": case_(
    "aws_lambda_function_event_invoke_config",
    "care/care The maximum age of",
    [
      invocations({ maximum_event_age_in_seconds: 21_600 }),
      invocations({ maximum_event_age_in_seconds: 60 }),
      invocations({ maximum_event_age_in_seconds: 3_600 }),
    ],
  ),
  "no retry of records": case_(
    "aws_lambda_event_source_mapping",
    "blocked/care The number of retries of i becomes 0.",
    [
      mapping("i", { maximum_retry_attempts: 10 }),
      mapping("i", { maximum_retry_attempts: 0 }),
      mapping("i", { maximum_retry_attempts: 3 }),
    ],
  ),
  "records that soon are too old": case_(
    "aws_lambda_event_source_mapping",
    "blocked/care The maximum age of j is limited to 120 seconds, from no limit.",
    [
      mapping("j", { maximum_record_age_in_seconds: -1 }),
      mapping("j", { maximum_record_age_in_seconds: 120 }),
      mapping("j", { maximum_record_age_in_seconds: 3_600 }),
    ],
  ),
  "no retry of a pipe": case_("aws_pipes_pipe", "care/care The number of retries of pipe becomes 0.", [
    pipe("dynamodb", { maximum_retry_attempts: 10 }),
    pipe("dynamodb", { maximum_retry_attempts: 0 }),
    pipe("dynamodb", { maximum_retry_attempts: 3 }),
  ]),
  "a pipe's records that soon are too old": case_(
    "aws_pipes_pipe",
    "care/care The maximum age of pipe is lowered from 7200 to 600 seconds.",
    [
      pipe("kinesis", { maximum_record_age_in_seconds: 7_200 }),
      pipe("kinesis", { maximum_record_age_in_seconds: 600 }),
      pipe("kinesis", { maximum_record_age_in_seconds: 3_600 }),
    ],
  ),
  "a pipe that stops": case_(
    "aws_pipes_pipe",
    "care/care The pipe's state of pipe changes from RUNNING to STOPPED.",
    [
      pipe("kinesis", {}),
      pipe("kinesis", {}, { desired_state: "STOPPED" }),
      pipe("kinesis", {}, { tags: { team: "messaging" } }),
    ],
  ),
  "fewer batches at once": case_(
    "aws_lambda_event_source_mapping",
    "care/care The parallelization factor of",
    [
      mapping("k", { parallelization_factor: 10 }),
      mapping("k", { parallelization_factor: 2 }),
      mapping("k", { parallelization_factor: 5 }),
    ],
  ),
  "much smaller batches": case_("aws_lambda_event_source_mapping", "care/care The batch size of", [
    mapping("l", { batch_size: 1_000 }),
    mapping("l", { batch_size: 1 }),
    mapping("l", { batch_size: 100 }),
  ]),
  "fewer calls at once": case_("aws_lambda_event_source_mapping", "care/care The maximum concurrency of", [
    pollsQueue({ scaling_config: { maximum_concurrency: 20 } }),
    pollsQueue({ scaling_config: { maximum_concurrency: 2 } }),
    pollsQueue({ scaling_config: { maximum_concurrency: 10 } }),
  ]),
  "a long window": case_("aws_lambda_event_source_mapping", "care/care The batching window of", [
    mapping("n", { maximum_batching_window_in_seconds: 0 }),
    mapping("n", { maximum_batching_window_in_seconds: 300 }),
    mapping("n", { maximum_batching_window_in_seconds: 60 }),
  ]),
  "dead letters that soon are deleted": case_(
    "aws_sqs_queue",
    "blocked/care The retention of a dead-letter queue of letters is lowered from 1209600 to 3600 seconds.",
    [
      { name: "letters", message_retention_seconds: 1_209_600 },
      { name: "letters", message_retention_seconds: 3_600 },
      { name: "letters", message_retention_seconds: 604_800 },
    ],
    triggerOf("o", {
      destination_config: {
        on_failure: { destination_arn: arnOf("aws_sqs_queue", "dead-letters-that-soon-are-deleted") },
      },
    }),
  ),
  "fewer warm environments": case_(
    "aws_lambda_provisioned_concurrency_config",
    "care/care The provisioned concurrency of",
    [provisioned(10), provisioned(2), provisioned(5)],
  ),
  "fewer shards": case_(
    "aws_kinesis_stream",
    "care/care The number of shards of stream is lowered from 4 to 2 shards.",
    [kinesis({ shard_count: 4 }), kinesis({ shard_count: 2 }), kinesis({ shard_count: 3 })],
  ),
  "a stream with fixed shards": case_(
    "aws_kinesis_stream",
    "care/care The stream's mode of stream changes from ON_DEMAND to PROVISIONED.",
    [
      kinesis({ stream_mode_details: { stream_mode: "ON_DEMAND" } }),
      kinesis({ stream_mode_details: { stream_mode: "PROVISIONED" }, shard_count: 4 }),
      kinesis({ stream_mode_details: { stream_mode: "ON_DEMAND" }, tags: { team: "messaging" } }),
    ],
  ),
  "a lower maximum": case_(
    "aws_appautoscaling_target",
    "care/care The maximum of aws_appautoscaling_target.a-lower-maximum is lowered from 100 to 79 at most.",
    [target(5, 100), target(5, 79), target(5, 80)],
  ),
  "a lower minimum": case_("aws_appautoscaling_target", "care/care The minimum of", [
    target(10, 100),
    target(4, 100),
    target(5, 100),
  ]),
  "scaling that is suspended": case_("aws_appautoscaling_target", "care/care The suspension of scaling of", [
    suspended({}),
    suspended({ dynamic_scaling_out_suspended: true }),
    target(5, 120, "scaled", { suspended_state: { dynamic_scaling_in_suspended: false } }),
  ]),
  "scaling on schedule that is suspended": case_(
    "aws_appautoscaling_target",
    "care/care The suspension of scaling of",
    [
      suspended({}),
      suspended({ scheduled_scaling_suspended: true }),
      target(5, 120, "scaled", { suspended_state: { dynamic_scaling_in_suspended: false } }),
    ],
  ),
  "scaling that is removed": case_(
    "aws_appautoscaling_target",
    "care/care The scaling of table/left (dynamodb:table:WriteCapacityUnits) is removed.",
    [target(5, 100, "left"), "deleted", target(10, 200, "left")],
  ),
  "a policy that is removed": case_(
    "aws_appautoscaling_policy",
    "care/care A policy that scales table/scaled (dynamodb:table:ReadCapacityUnits) is removed.",
    [policy(70), "deleted", policy(70)],
  ),
  "a policy that keeps a high utilization": case_(
    "aws_appautoscaling_policy",
    "care/care The utilization that it keeps of policy is raised from 70 to 90 percent.",
    [policy(70), policy(90), policy(60)],
  ),
  "a schedule with a lower maximum": case_(
    "aws_appautoscaling_scheduled_action",
    "care/care The maximum of day is lowered from 100 to 50 at most.",
    [schedule(10, 100), schedule(10, 50), schedule(10, 90)],
  ),
  "a schedule with a lower minimum": case_(
    "aws_appautoscaling_scheduled_action",
    "care/care The minimum of day is lowered from 50 to 5 at least.",
    [schedule(50, 100), schedule(5, 100), schedule(40, 100)],
  ),
  "a schedule that begins later": case_(
    "aws_appautoscaling_scheduled_action",
    "care/care The schedule of day changes from cron(0 7 * * ? *) to cron(0 12 * * ? *).",
    [schedule(5, 100), schedule(5, 100, { schedule: "cron(0 12 * * ? *)" }), schedule(5, 200)],
  ),
  "a schedule that is removed": case_(
    "aws_appautoscaling_scheduled_action",
    "care/care A schedule that scales table/scaled (dynamodb:table:WriteCapacityUnits) is removed.",
    [schedule(5, 100), "deleted", schedule(5, 100)],
  ),
  "a smaller group": case_(
    "aws_autoscaling_group",
    "care/care The maximum of group is lowered from 10 to 5 at most.",
    [group(1, 10), group(1, 5), group(1, 8)],
  ),
  "a group that may be empty": case_(
    "aws_autoscaling_group",
    "care/care The minimum of group is lowered from 2 to 0",
    [group(2, 10), group(0, 10), group(1, 10)],
  ),
  "a group that is emptied": case_("aws_autoscaling_group", "care/care The number of instances of group", [
    group(0, 10, { desired_capacity: 4 }),
    group(0, 10, { desired_capacity: 0 }),
    group(0, 10, { desired_capacity: 2 }),
  ]),
  "a group that no longer grows": case_(
    "aws_autoscaling_group",
    "care/care The list of suspended processes of group gets Launch.",
    [
      group(1, 10, { suspended_processes: ["AZRebalance"] }),
      group(1, 10, { suspended_processes: ["AZRebalance", "Launch"] }),
      group(1, 10, { suspended_processes: [] }),
    ],
  ),
  "a service without tasks": case_(
    "aws_ecs_service",
    "care/care The number of tasks of service is lowered from 4 to 0",
    [service(4), service(0), service(2)],
  ),
  "a serverless cluster": case_("aws_rds_cluster", "care/care The maximum of", [
    serverless(16),
    serverless(4),
    serverless(14),
  ]),
  "too little concurrency for a shard": case_(
    "aws_lambda_function",
    "blocked/care The reserved concurrency of aws_lambda_function.too-little-concurrency-for-a-shard is lowered from 10 to 3: one shard of its triggers needs 4.",
    [
      fn("p", { reserved_concurrent_executions: 10 }),
      fn("p", { reserved_concurrent_executions: 3 }),
      fn("p", { reserved_concurrent_executions: 5 }),
    ],
    triggerOf("p", { parallelization_factor: 4 }),
  ),
  "a new limit of concurrency": case_(
    "aws_lambda_function",
    "care/care The reserved concurrency of aws_lambda_function.a-new-limit-of-concurrency is limited to 50, from no limit.",
    [
      fn("q"),
      fn("q", { reserved_concurrent_executions: 50 }),
      fn("q", { reserved_concurrent_executions: -1, timeout: 40 }),
    ],
  ),
  "messages that come again too soon": case_(
    "aws_sqs_queue",
    "care/care Messages of aws_sqs_queue.messages-that-come-again-too-soon are visible again after 20 seconds, but aws_lambda_function.slow may take 30 seconds.",
    [
      { name: "slow", visibility_timeout_seconds: 180 },
      { name: "slow", visibility_timeout_seconds: 20 },
      { name: "slow", visibility_timeout_seconds: 30 },
    ],
    {
      beside: {
        "aws_lambda_function.slow": fn("slow"),
        ...fromQueue("messages-that-come-again-too-soon", "slow"),
      },
    },
  ),
  "a function that takes longer than its messages": case_(
    "aws_lambda_function",
    "care/care Messages of aws_sqs_queue.quick are visible again after 60 seconds, but",
    [fn("quick"), fn("quick", { timeout: 61 }), fn("quick", { timeout: 60 })],
    {
      beside: {
        "aws_sqs_queue.quick": { name: "quick", visibility_timeout_seconds: 60 },
        ...fromQueue("quick", "quick"),
      },
    },
  ),
};

/** One more reads a table's stream. */
export const streamReaderCases: PlannedCases = {
  "a pipe on a table's stream": {
    ...case_(
      "aws_pipes_pipe",
      `care/care aws_pipes_pipe.a-pipe-on-a-table-s-stream newly reads the stream ${tableStream("first")}`,
      [
        undefined,
        { ...pipe("dynamodb", {}), source: tableStream("first"), name: "first" },
        pipe("kinesis", {}),
      ],
    ),
    rule: "stream-readers",
  },
  "a second trigger": {
    ...case_(
      "aws_lambda_event_source_mapping",
      `care/care aws_lambda_event_source_mapping.a-second-trigger newly reads the stream ${tableStream("second")}, as one of 2 in this plan.`,
      [undefined, mapping("second"), mapping("alone")],
      { beside: { "aws_lambda_event_source_mapping.is-first": mapping("second") } },
    ),
    rule: "stream-readers",
  },
  "a third trigger": {
    ...case_(
      "aws_lambda_event_source_mapping",
      `blocked/blocked aws_lambda_event_source_mapping.a-third-trigger newly reads the stream ${tableStream("third")}, as one of 3 in this plan.`,
      [undefined, mapping("third"), mapping("free")],
      {
        beside: {
          "aws_lambda_event_source_mapping.of-third": mapping("third"),
          "aws_pipes_pipe.of-third": { ...pipe("dynamodb", {}), name: "third", source: tableStream("third") },
        },
      },
    ),
    rule: "stream-readers",
  },
};
