import type { EnvironmentLiteral } from "../../config/environment.ts";
import { triggerFilter } from "../../constructs/stream-function/trigger-filter.ts";
import { devLiteral } from "../support/environments.ts";
import { everythingAlarmed } from "../support/everything-alarmed.ts";
import type { Arguments, Code } from "./code.ts";

type Tables = EnvironmentLiteral["tables"];

const withTables = (
  base: EnvironmentLiteral,
  messages: Partial<Tables["messages"]>,
  users: Partial<Tables["users"]>,
): EnvironmentLiteral => ({
  ...base,
  tables: { messages: { ...base.tables.messages, ...messages }, users: { ...base.tables.users, ...users } },
});

/** An environment that has everything to lose, and that Terraform lets go of. */
export const literal = withTables(
  devLiteral,
  {
    deletionProtection: true,
    preventDestroy: false,
    pointInTimeRecoveryDays: 35,
    billing: { mode: "on-demand", maximumReadUnits: 4_000, maximumWriteUnits: 4_000 },
  },
  { deletionProtection: true, preventDestroy: false, pointInTimeRecoveryDays: 7 },
);

/** The environment with its tables run otherwise; guarded by Terraform, unless said otherwise. */
const tables = (messages: Partial<Tables["messages"]>, users: Partial<Tables["users"]> = {}) =>
  withTables(literal, { preventDestroy: true, ...messages }, { preventDestroy: true, ...users });

/** Ours, guarded by Terraform. */
const guarded = tables({});

const index = (name: string, hash_key: string, rest: object = {}) => ({
  name,
  hash_key,
  projection_type: "ALL",
  ...rest,
});

const replicated = "aws_dynamodb_table.replicated";
const text = (name: string) => ({ name, type: "S" });

/** A table such as ours may become: replicated, with two indexes, and with items that expire. */
export const addReplicatedTable = (code: Code): Code =>
  code.put(replicated, {
    name: "replicated",
    hash_key: "pk",
    attribute: [text("a"), text("b"), text("pk")],
    billing_mode: "PAY_PER_REQUEST",
    global_secondary_index: [
      index("by-a", "a", { projection_type: "INCLUDE", non_key_attributes: ["x", "y"] }),
      index("by-b", "b"),
    ],
    stream_enabled: true,
    stream_view_type: "NEW_AND_OLD_IMAGES",
    ttl: { enabled: true, attribute_name: "expires" },
    replica: [{ region_name: "us-east-1" }, { region_name: "eu-west-1" }],
    lifecycle: { prevent_destroy: true },
  });

const messagesTable = (code: Code) => code.address("aws_dynamodb_table", "messages-table/table");
const usersTable = (code: Code) => code.address("aws_dynamodb_table", "users-table/table");
const trigger = (code: Code) => code.address("aws_lambda_event_source_mapping", "trigger");
const endpoint = (code: Code) => code.address("aws_vpc_endpoint", "endpoint");
const rolePolicy = (code: Code) => code.address("aws_iam_role_policy", "role/policy");
const role = (code: Code) => code.address("aws_iam_role", "role/role");
const queue = (code: Code) => code.address("aws_sqs_queue", "dead-letters/queue");
const streamFunction = (code: Code) => code.address("aws_lambda_function", "messaging-stream/function");
const keyPolicy = (code: Code) => code.address("aws_kms_key_policy");
const encryptionKey = (code: Code) => code.address("aws_kms_key", "key/key");
const alarm = (code: Code, name: string) => code.address("aws_cloudwatch_metric_alarm", `alarms/${name}`);

/** Puts another alarm in the place of the one for errors. */
function replaceAlarm(code: Code, values: Arguments): void {
  const errors = alarm(code, "errors");
  code.put("aws_cloudwatch_metric_alarm.another", { ...code.of(errors), ...values });
  code.remove(errors);
}

const filter = (pattern: object) => ({ filter: [{ pattern: JSON.stringify(pattern) }] });
const newMessages = (prefix: string) => ({
  dynamodb: { Keys: { pk: { S: [{ prefix }] } } },
  eventName: ["INSERT"],
});

const otherQueue = "arn:aws:sqs:ca-central-1:111111111111:other";
const allow = (Action: string, rest: object) => ({ Effect: "Allow", Action, ...rest });
const policyOf = (Statement: object) => JSON.stringify({ Version: "2012-10-17", Statement });

/** A statement for somebody on the queue. */
const mayUseQueue = (Principal: unknown) =>
  allow("sqs:ReceiveMessage", { Sid: "Somebody", Principal, Resource: "*" });

/** A change of the deployed environment: of its literal, of the code, or of both. */
export interface Change {
  readonly literal?: EnvironmentLiteral;
  readonly edit?: (code: Code) => void;
  readonly stack?: "messaging" | "bootstrap";
}

/** Texts that no review may show. */
export const SECRETS = [
  "correct-horse-battery",
  "https://admin:opensesame@example.com/",
  "what Terraform hides",
  "AKIAIOSFODNN7EXAMPLE",
  "an-output-in-secret",
] as const;

/** Changes that do harm, by what they change. */
const harmful = {
  "tables under another name, and what hangs on them": { literal: { ...literal, nameSuffix: "-next" } },
  "a table with other keys, or a local index": {
    edit(code) {
      code.set(messagesTable(code), { hash_key: "sk", range_key: "pk" });
      code.set(usersTable(code), {
        local_secondary_index: [{ name: "by-handle", range_key: "handle", projection_type: "ALL" }],
        attribute: [text("Name"), text("Title"), text("handle")],
      });
    },
  },
  "a table that the code no longer has, and one that Terraform is to forget": {
    edit(code) {
      code.remove(usersTable(code));
      code.remove(replicated);
      code.add({ removed: [{ from: replicated, lifecycle: { destroy: false } }] });
    },
  },
  "a rename in code": {
    edit(code) {
      code.rename(usersTable(code), "people-table_CD9EEDAB");
      code.rename(alarm(code, "errors"), "failures_68B256BF");
    },
  },
  "guards, key, replica, capacity, time to live": {
    literal: tables(
      {
        deletionProtection: false,
        pointInTimeRecoveryDays: 7,
        encryption: "aws-owned",
        timeToLiveAttribute: "expires",
      },
      {
        preventDestroy: false,
        pointInTimeRecoveryDays: "off",
        encryption: "aws-owned",
        billing: { mode: "provisioned", readUnits: 10, writeUnits: 2 },
      },
    ),
    edit: (code) =>
      code.set(replicated, {
        ttl: { enabled: true, attribute_name: "gone_at" },
        replica: [{ region_name: "us-east-1" }],
      }),
  },
  "billing flipped, both ways": {
    literal: tables(
      { billing: { mode: "provisioned", readUnits: 5, writeUnits: 5 } },
      { billing: { mode: "on-demand" } },
    ),
  },
  "an on-demand limit, and a key of one's own": {
    literal: tables({ billing: { mode: "on-demand", maximumReadUnits: 100 } }),
    edit(code) {
      const kms_key_arn = `\${${encryptionKey(code)}.arn}`;
      code.set(replicated, { server_side_encryption: { enabled: true, kms_key_arn } });
    },
  },
  "indexes removed, recreated, and several at once; a stream of another kind": {
    literal: guarded,
    edit(code) {
      const capacity = { read_capacity: 1, write_capacity: 1 };
      code.set(messagesTable(code), {
        global_secondary_index: [],
        attribute: [text("pk"), text("sk")],
        stream_view_type: "NEW_AND_OLD_IMAGES",
      });
      code.set(usersTable(code), {
        global_secondary_index: [
          index("by-title", "Title", capacity),
          index("by-handle", "handle", capacity),
        ],
        attribute: [text("Name"), text("Title"), text("handle")],
      });
      code.set(replicated, {
        global_secondary_index: [
          index("by-a", "a", { projection_type: "INCLUDE", non_key_attributes: ["x"] }),
          index("by-b", "b", { range_key: "a" }),
        ],
      });
    },
  },
  "a stream turned off, though its mapping shows no change": {
    literal: guarded,
    edit(code) {
      code.set(messagesTable(code), { stream_enabled: false, stream_view_type: undefined });
      // What reads the stream is left as it is in AWS.
      code.set(trigger(code), { lifecycle: { ignore_changes: "all" } });
    },
  },
  "a trigger disabled, unbounded, unsplit, with a wider filter, its function held": {
    literal: {
      ...guarded,
      trigger: { ...literal.trigger, enabled: false, bisectBatchOnFunctionError: false },
    },
    edit(code) {
      code.set(trigger(code), {
        maximum_retry_attempts: -1,
        maximum_record_age_in_seconds: -1,
        filter_criteria: filter({ eventName: ["INSERT"] }),
      });
      code.set(streamFunction(code), { reserved_concurrent_executions: 0 });
    },
  },
  "a trigger with a narrower filter, another queue, and failures that it ignores": {
    literal: guarded,
    edit: (code) =>
      code.set(trigger(code), {
        function_response_types: [],
        destination_config: { on_failure: { destination_arn: otherQueue } },
        filter_criteria: filter(newMessages("MSG#a")),
      }),
  },
  "a trigger recreated at LATEST, without a queue for failures; the endpoint recreated": {
    literal: guarded,
    edit(code) {
      code.set(trigger(code), { starting_position: "LATEST", destination_config: undefined });
      code.set(endpoint(code), { service_name: "com.amazonaws.ca-central-1.s3" });
    },
  },
  "no route, no key, no filter": {
    literal: guarded,
    edit(code) {
      code.set(endpoint(code), { route_table_ids: [] });
      code.set(encryptionKey(code), { is_enabled: false });
      code.set(trigger(code), { filter_criteria: undefined });
    },
  },
  "wildcards in policies of a role, an endpoint, a queue, a key, a table": {
    literal: guarded,
    edit(code) {
      code.policy(rolePolicy(code), "policy", (statements) => [
        ...statements,
        allow("dynamodb:*", { Resource: `\${${messagesTable(code)}.arn}` }),
        allow("dynamodb:GetItem", { Resource: "*" }),
      ]);
      code.policy(role(code), "assume_role_policy", (statements) => [
        ...statements,
        allow("sts:AssumeRole", { Principal: { AWS: "*" } }),
      ]);
      code.policy(endpoint(code), "policy", ([first = {}, ...others]) => {
        const { Condition: _, ...unbound } = first;
        return [unbound, ...others];
      });
      code.policy(queue(code), "policy", (statements) => [...statements, mayUseQueue("*")]);
      code.policy(keyPolicy(code), "policy", (statements) => [
        ...statements,
        allow("kms:Decrypt", { Principal: "*", Resource: "*" }),
      ]);
      code.put("aws_dynamodb_resource_policy.open", {
        resource_arn: `\${${usersTable(code)}.arn}`,
        policy: policyOf(allow("dynamodb:GetItem", { Principal: "*", Resource: "*" })),
      });
      code.put("aws_iam_role_policy_attachment.admin", {
        role: `\${${role(code)}.name}`,
        policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess",
      });
    },
  },
  "an action, a principal or a policy more; a Deny less": {
    literal: guarded,
    edit(code) {
      code.policy(rolePolicy(code), "policy", (statements) => [
        ...statements.filter(({ Effect }) => Effect !== "Deny"),
        allow("dynamodb:GetItem", { Resource: `\${${messagesTable(code)}.arn}` }),
        allow("ec2:DescribeVpcs", { Resource: "*" }),
      ]);
      code.policy(role(code), "assume_role_policy", (statements) => [
        ...statements,
        allow("sts:AssumeRole", { Principal: { Service: "pipes.amazonaws.com" } }),
      ]);
      code.policy(queue(code), "policy", () => [mayUseQueue({ AWS: "111111111111" })]);
      code.put("aws_iam_role_policy.second", {
        name: "second",
        role: `\${${role(code)}.name}`,
        policy: policyOf(allow("sqs:GetQueueUrl", { Resource: otherQueue })),
      });
      code.put("aws_lambda_permission.somebody", {
        function_name: `\${${streamFunction(code)}.function_name}`,
        action: "lambda:InvokeFunction",
        principal: "events.amazonaws.com",
      });
    },
  },
  "the state bucket and its key": {
    stack: "bootstrap",
    edit(code) {
      const versioning = code.address("aws_s3_bucket_versioning");
      code.set(versioning, { versioning_configuration: { status: "Suspended" } });
      code.set(code.address("aws_kms_key"), { enable_key_rotation: false });
      code.policy(keyPolicy(code), "policy", ([decide = {}]) => [{ ...decide, Action: "kms:Decrypt" }]);
    },
  },
  "an alarm on another metric in its place, and logs of a day": {
    literal: guarded,
    edit(code) {
      replaceAlarm(code, { alarm_name: "throttles", metric_name: "Throttles" });
      code.set(code.address("aws_cloudwatch_log_group"), { retention_in_days: 1 });
    },
  },
  "what is known only after apply": {
    literal: guarded,
    edit(code) {
      code.put("aws_kms_key.second", { description: "Not there yet" });
      code.set(usersTable(code), {
        server_side_encryption: { enabled: true, kms_key_arn: "${aws_kms_key.second.arn}" },
      });
      code.policy(rolePolicy(code), "policy", (statements) => [
        ...statements,
        allow("kms:Decrypt", { Resource: "${aws_kms_key.second.arn}" }),
      ]);
    },
  },
} as const satisfies Record<string, Change>;

/** A change that does harm. */
export type HarmfulChange = keyof typeof harmful;

/** Changes that do no harm, each beside one that does. */
const harmless: Readonly<Record<string, (code: Code) => void>> = {
  "the order of the indexes": (code) =>
    code.set(replicated, {
      global_secondary_index: [
        index("by-b", "b"),
        index("by-a", "a", { projection_type: "INCLUDE", non_key_attributes: ["y", "x"] }),
      ],
    }),
  "time to live turned off": (code) =>
    code.set(replicated, { ttl: { enabled: false, attribute_name: "expires" } }),
  "a policy for a key that has the same one": (code) =>
    code.put("aws_kms_key_policy.second", {
      key_id: `\${${encryptionKey(code)}.key_id}`,
      policy: code.of(keyPolicy(code))["policy"],
    }),
  "another table class": (code) => code.set(replicated, { table_class: "STANDARD_INFREQUENT_ACCESS" }),
  "a tag on a table": (code) => code.set(messagesTable(code), { tags: { team: "messaging" } }),
  "deletion protection turned on": (code) => code.set(replicated, { deletion_protection_enabled: true }),
  "recovery that reaches further back": (code) =>
    code.set(usersTable(code), { point_in_time_recovery: { enabled: true, recovery_period_in_days: 35 } }),
  "more capacity": (code) => code.set(usersTable(code), { read_capacity: 20, write_capacity: 10 }),
  "one index more": (code) =>
    code.set(usersTable(code), {
      attribute: [text("Name"), text("Title")],
      global_secondary_index: [index("by-title", "Title", { read_capacity: 1, write_capacity: 1 })],
    }),
  "more memory": (code) => code.set(streamFunction(code), { memory_size: 1_024 }),
  "more time": (code) => code.set(streamFunction(code), { timeout: 60 }),
  "a smaller batch, and more retries": (code) =>
    code.set(trigger(code), { batch_size: 50, maximum_retry_attempts: 20, parallelization_factor: 4 }),
  "the filter written otherwise": (code) => {
    const rewritten = triggerFilter.map((pattern) => {
      const { eventName, dynamodb } = JSON.parse(pattern) as Record<string, object>;
      return { pattern: JSON.stringify({ dynamodb, eventName }, null, 1) };
    });
    code.set(trigger(code), { filter_criteria: { filter: rewritten.reverse() } });
  },
  "a policy in another order, divided otherwise, with other names": (code) =>
    code.policy(rolePolicy(code), "policy", (statements) =>
      statements
        .reverse()
        .flatMap(({ Action, Sid: _, ...rest }, place) =>
          [Action].flat().map((action, part) => ({ Sid: `S${place}P${part}`, ...rest, Action: [action] })),
        ),
    ),
  // What the function does through the endpoint stays.
  "a narrower policy": (code) =>
    code.policy(endpoint(code), "policy", (statements) =>
      statements.filter(({ Sid }) => Sid !== "UsersTable"),
    ),
  "an action in other letters, a principal written in full": (code) =>
    code.policy(queue(code), "policy", (statements) =>
      statements.map((statement) => ({ ...statement, Action: ["SQS:*"], Principal: { AWS: "*" } })),
    ),
  "another description of the key": (code) =>
    code.set(encryptionKey(code), { description: "Encrypts what is private" }),
  "logs kept longer": (code) => code.set(code.address("aws_cloudwatch_log_group"), { retention_in_days: 30 }),
  "a later alarm": (code) => code.set(alarm(code, "iterator-age"), { threshold: 600_000 }),
  "an alarm on the same metric in another's place": (code) => {
    replaceAlarm(code, { alarm_name: "failures" });
  },
  "a rule's description": (code) =>
    code.set(code.address("aws_vpc_security_group_egress_rule"), { description: "To DynamoDB alone" }),
  "a tag on the endpoint": (code) => code.set(endpoint(code), { tags: { Name: "the way to DynamoDB" } }),
};

/** The deployed environment with another value for every setting that says it is changed in place. */
export const changedInPlace: EnvironmentLiteral = {
  ...withTables(
    literal,
    {
      billing: {
        mode: "on-demand",
        maximumReadUnits: 5_000,
        maximumWriteUnits: 5_000,
        indexes: { "message-group-sk-index": { maximumReadUnits: 500 } },
      },
      tableClass: "standard-infrequent-access",
      contributorInsights: true,
      deletionProtection: false,
      pointInTimeRecoveryDays: "off",
      timeToLiveAttribute: "expires",
    },
    { billing: { mode: "provisioned", readUnits: 2, writeUnits: 2 }, encryption: "aws-owned" },
  ),
  trigger: {
    enabled: false,
    batchSize: 10,
    batchingWindowSeconds: 5,
    parallelizationFactor: 3,
    maximumRetryAttempts: 3,
    maximumRecordAgeSeconds: 7_200,
    bisectBatchOnFunctionError: false,
    deadLetterRetentionDays: 7,
  },
  function: { memoryMegabytes: 512, timeoutSeconds: 60, logRetentionDays: 7 },
  alarms: { ...everythingAlarmed.alarms, iteratorAgeSeconds: 600 },
  backups: {
    rules: {
      daily: { cron: "0 5 * * ? *", timezone: "America/Toronto", keepDays: 365, coldStorageAfterDays: 30 },
    },
  },
  cache: everythingAlarmed.cache,
  analytics: everythingAlarmed.analytics,
  monitoring: { dashboard: true, inboxMetrics: true },
  tags: { team: "messaging" },
};

/** The changes that a review can't call harmful as such: what they do is for the document of the settings to say. */
const settings = {
  "every setting that is changed in place": { literal: changedInPlace },
  "another address range": {
    literal: {
      ...literal,
      network: { ...literal.network, cidr: "10.11.0.0/16" } as EnvironmentLiteral["network"],
    },
  },
} satisfies Record<string, Change>;

/** All changes, by what they change. */
export const changes = {
  ...harmful,
  ...settings,
  "tables under another name, guarded": { literal: { ...guarded, nameSuffix: "-next" } },
  "the rename as a move": {
    edit(code) {
      const old = { table: usersTable(code), alarm: alarm(code, "errors") };
      harmful["a rename in code"].edit(code);
      code.add({
        moved: [
          { from: old.table, to: "aws_dynamodb_table.people-table_CD9EEDAB" },
          { from: old.alarm, to: "aws_cloudwatch_metric_alarm.failures_68B256BF" },
        ],
      });
    },
  },
  secrets: {
    literal: guarded,
    edit(code) {
      code.set(streamFunction(code), {
        environment: { variables: { DB_PASSWORD: SECRETS[0], ENDPOINT: SECRETS[1], LEVEL: "debug" } },
      });
      code.set(alarm(code, "errors"), { alarm_description: `\${sensitive("${SECRETS[2]}")}` });
      code.set(alarm(code, "dead-letters"), { alarm_description: `The key is ${SECRETS[3]}` });
      code.set(messagesTable(code), { tags: { owner: `\${sensitive("${SECRETS[2]}")}` } });
      code.add({ output: { api_token: { value: SECRETS[4], sensitive: true } } });
      code.set(endpoint(code), { policy: `\${sensitive("{}")}` });
    },
  },
  "everything harmless": {
    literal: guarded,
    edit(code) {
      for (const edit of Object.values(harmless)) edit(code);
    },
  },
} as const satisfies Record<string, Change>;
