import type { EnvironmentLiteral } from "../../config/environment.ts";
import { devLiteral as dev } from "../support/environments.ts";
import type { Code } from "./code.ts";

/** An environment that has everything to lose, and that Terraform lets go of. */
export const literal: EnvironmentLiteral = {
  ...dev,
  tables: {
    messages: {
      ...dev.tables.messages,
      deletionProtection: true,
      preventDestroy: false,
      pointInTimeRecoveryDays: 35,
      billing: { mode: "on-demand", maximumReadUnits: 4_000, maximumWriteUnits: 4_000 },
    },
    users: {
      ...dev.tables.users,
      deletionProtection: true,
      preventDestroy: false,
      pointInTimeRecoveryDays: 7,
    },
  },
};

const index = (name: string, hashKey: string, rest: object = {}) => ({
  name,
  hash_key: hashKey,
  projection_type: "ALL",
  ...rest,
});

export const replicated = "aws_dynamodb_table.replicated";
const text = (name: string) => ({ name, type: "S" });

/** A table such as ours may become: replicated, with two indexes, and with items that expire. */
export function addReplicatedTable(code: Code): void {
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
}

type Tables = EnvironmentLiteral["tables"];

/** The environment with its tables run otherwise; guarded by Terraform, unless said otherwise. */
export const tables = (messages: Partial<Tables["messages"]>, users: Partial<Tables["users"]> = {}) => ({
  ...literal,
  tables: {
    messages: { ...literal.tables.messages, preventDestroy: true, ...messages },
    users: { ...literal.tables.users, preventDestroy: true, ...users },
  },
});

/** Ours, guarded by Terraform. */
export const guarded = tables({});

export const messagesTable = (code: Code) => code.address("aws_dynamodb_table", "messages-table/table");
export const usersTable = (code: Code) => code.address("aws_dynamodb_table", "users-table/table");
export const trigger = (code: Code) => code.address("aws_lambda_event_source_mapping", "trigger");
export const endpoint = (code: Code) => code.address("aws_vpc_endpoint", "endpoint");
export const rolePolicy = (code: Code) => code.address("aws_iam_role_policy", "role/policy");
export const role = (code: Code) => code.address("aws_iam_role", "role/role");
export const queue = (code: Code) => code.address("aws_sqs_queue", "dead-letters/queue");
export const streamFunction = (code: Code) =>
  code.address("aws_lambda_function", "messaging-stream/function");
export const encryptionKey = (code: Code) => code.address("aws_kms_key", "key/key");
export const alarm = (code: Code, name: string) =>
  code.address("aws_cloudwatch_metric_alarm", `alarms/${name}`);

const filter = (pattern: object) => ({ filter: [{ pattern: JSON.stringify(pattern) }] });
const newMessages = (prefix: string) => ({
  dynamodb: { Keys: { pk: { S: [{ prefix }] } } },
  eventName: ["INSERT"],
});

/** A change of the deployed environment: of its literal, of the code, or of both. */
export interface Change {
  readonly literal?: EnvironmentLiteral;
  readonly edit?: (code: Code) => void;
  readonly stack?: "messaging" | "bootstrap";
}

/** A statement for somebody on the queue. */
const mayUseQueue = (Principal: unknown) => ({
  Sid: "Somebody",
  Effect: "Allow",
  Principal,
  Action: "sqs:ReceiveMessage",
  Resource: "*",
});

/** Texts that no review may show. */
export const SECRETS = [
  "correct-horse-battery",
  "https://admin:opensesame@example.com/",
  "what Terraform hides",
  "AKIAIOSFODNN7EXAMPLE",
  "an-output-in-secret",
] as const;

/** Changes that do harm. */
export const harmful = {
  "other names": { literal: { ...literal, nameSuffix: "-next" } },
  "other keys": {
    edit(code) {
      const messages = code.of(messagesTable(code));
      Object.assign(messages, { hash_key: "sk", range_key: "pk" });
      code.of(usersTable(code))["local_secondary_index"] = [
        { name: "by-handle", range_key: "handle", projection_type: "ALL" },
      ];
      code.of(usersTable(code))["attribute"] = [text("Name"), text("Title"), text("handle")];
    },
  },
  "tables taken out": {
    edit(code) {
      code.remove(usersTable(code));
      code.remove(replicated);
      code.add({ removed: [{ from: replicated, lifecycle: { destroy: false } }] });
    },
  },
  "renamed in code": {
    edit(code) {
      code.rename(usersTable(code), "people-table_CD9EEDAB");
      code.rename(alarm(code, "errors"), "failures_68B256BF");
    },
  },
  "guards off": {
    literal: {
      ...tables(
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
    },
    edit(code) {
      code.of(replicated)["ttl"] = { enabled: true, attribute_name: "gone_at" };
      code.of(replicated)["replica"] = [{ region_name: "us-east-1" }];
    },
  },
  "billing flipped": {
    literal: tables(
      { billing: { mode: "provisioned", readUnits: 5, writeUnits: 5 } },
      { billing: { mode: "on-demand" } },
    ),
  },
  "limits changed": {
    literal: tables({ billing: { mode: "on-demand", maximumReadUnits: 100 } }),
  },
  "indexes changed": {
    literal: guarded,
    edit(code) {
      const messages = code.of(messagesTable(code));
      messages["global_secondary_index"] = [];
      messages["attribute"] = [text("pk"), text("sk")];
      messages["stream_view_type"] = "NEW_AND_OLD_IMAGES";
      const users = code.of(usersTable(code));
      const capacity = { read_capacity: 1, write_capacity: 1 };
      users["global_secondary_index"] = [
        index("by-title", "Title", capacity),
        index("by-handle", "handle", capacity),
      ];
      users["attribute"] = [text("Name"), text("Title"), text("handle")];
      code.of(replicated)["global_secondary_index"] = [
        index("by-a", "a", { projection_type: "INCLUDE", non_key_attributes: ["x"] }),
        index("by-b", "b", { range_key: "a" }),
      ];
    },
  },
  "stream off": {
    literal: guarded,
    edit(code) {
      const messages = code.of(messagesTable(code));
      delete messages["stream_view_type"];
      messages["stream_enabled"] = false;
      // What reads the stream is left as it is in AWS.
      code.of(trigger(code))["lifecycle"] = { ignore_changes: "all" };
    },
  },
  "trigger loosened": {
    literal: {
      ...guarded,
      trigger: { ...literal.trigger, enabled: false, bisectBatchOnFunctionError: false },
    },
    edit(code) {
      const mapping = code.of(trigger(code));
      mapping["maximum_retry_attempts"] = -1;
      mapping["maximum_record_age_in_seconds"] = -1;
      mapping["filter_criteria"] = filter({ eventName: ["INSERT"] });
      code.of(streamFunction(code))["reserved_concurrent_executions"] = 0;
    },
  },
  "trigger deaf": {
    literal: guarded,
    edit(code) {
      const mapping = code.of(trigger(code));
      mapping["function_response_types"] = [];
      mapping["destination_config"] = {
        on_failure: { destination_arn: "arn:aws:sqs:ca-central-1:111111111111:other" },
      };
      mapping["filter_criteria"] = filter(newMessages("MSG#a"));
    },
  },
  "trigger made anew": {
    literal: guarded,
    edit(code) {
      const mapping = code.of(trigger(code));
      mapping["starting_position"] = "LATEST";
      delete mapping["destination_config"];
      code.of(endpoint(code))["service_name"] = "com.amazonaws.ca-central-1.s3";
    },
  },
  "policies opened": {
    literal: guarded,
    edit(code) {
      code.policy(rolePolicy(code), "policy", (statements) => [
        ...statements,
        { Effect: "Allow", Action: "dynamodb:*", Resource: `\${${messagesTable(code)}.arn}` },
        { Effect: "Allow", Action: "dynamodb:GetItem", Resource: "*" },
      ]);
      code.policy(role(code), "assume_role_policy", (statements) => [
        ...statements,
        { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
      ]);
      code.policy(endpoint(code), "policy", ([first = {}, ...others]) => {
        const { Condition: _, ...unbound } = first;
        return [unbound, ...others];
      });
      code.policy(queue(code), "policy", (statements) => [...statements, mayUseQueue("*")]);
      code.of(encryptionKey(code))["policy"] = JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" },
      });
      code.put("aws_dynamodb_resource_policy.open", {
        resource_arn: `\${${usersTable(code)}.arn}`,
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Principal: "*", Action: "dynamodb:GetItem", Resource: "*" },
        }),
      });
      code.put("aws_iam_role_policy_attachment.admin", {
        role: `\${${role(code)}.name}`,
        policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess",
      });
    },
  },
  "policies widened": {
    literal: guarded,
    edit(code) {
      code.policy(rolePolicy(code), "policy", (statements) => [
        ...statements.filter(({ Effect }) => Effect !== "Deny"),
        { Effect: "Allow", Action: "dynamodb:GetItem", Resource: `\${${messagesTable(code)}.arn}` },
        { Effect: "Allow", Action: "ec2:DescribeVpcs", Resource: "*" },
      ]);
      code.policy(role(code), "assume_role_policy", (statements) => [
        ...statements,
        { Effect: "Allow", Principal: { Service: "pipes.amazonaws.com" }, Action: "sts:AssumeRole" },
      ]);
      code.policy(queue(code), "policy", () => [mayUseQueue({ AWS: "111111111111" })]);
      code.put("aws_iam_role_policy.second", {
        name: "second",
        role: `\${${role(code)}.name}`,
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: {
            Effect: "Allow",
            Action: "sqs:GetQueueUrl",
            Resource: "arn:aws:sqs:ca-central-1:111111111111:other",
          },
        }),
      });
      code.put("aws_lambda_permission.somebody", {
        function_name: `\${${streamFunction(code)}.function_name}`,
        action: "lambda:InvokeFunction",
        principal: "events.amazonaws.com",
      });
    },
  },
  "ways cut": {
    literal: guarded,
    edit(code) {
      code.of(endpoint(code))["route_table_ids"] = [];
      code.of(encryptionKey(code))["is_enabled"] = false;
      const mapping = code.of(trigger(code));
      delete mapping["filter_criteria"];
    },
  },
  "state touched": {
    stack: "bootstrap",
    edit(code) {
      code.of(code.address("aws_s3_bucket_versioning"))["versioning_configuration"] = { status: "Suspended" };
      code.of(code.address("aws_kms_key"))["enable_key_rotation"] = false;
    },
  },
  "known only later": {
    literal: guarded,
    edit(code) {
      code.put("aws_kms_key.second", { description: "Not there yet" });
      code.of(usersTable(code))["server_side_encryption"] = {
        enabled: true,
        kms_key_arn: "${aws_kms_key.second.arn}",
      };
      code.policy(rolePolicy(code), "policy", (statements) => [
        ...statements,
        { Effect: "Allow", Action: "kms:Decrypt", Resource: "${aws_kms_key.second.arn}" },
      ]);
    },
  },
  "guarded, under other names": { literal: { ...guarded, nameSuffix: "-next" } },
  "secrets about": {
    literal: guarded,
    edit(code) {
      code.of(streamFunction(code))["environment"] = {
        variables: { DB_PASSWORD: SECRETS[0], ENDPOINT: SECRETS[1], LEVEL: "debug" },
      };
      code.of(alarm(code, "errors"))["alarm_description"] = `\${sensitive("${SECRETS[2]}")}`;
      code.of(alarm(code, "dead-letters"))["alarm_description"] = `The key is ${SECRETS[3]}`;
      code.of(messagesTable(code))["tags"] = { owner: `\${sensitive("${SECRETS[2]}")}` };
      code.add({ output: { api_token: { value: SECRETS[4], sensitive: true } } });
      code.of(endpoint(code))["policy"] = `\${sensitive("{}")}`;
    },
  },
} as const satisfies Record<string, Change>;

export type HarmfulChange = keyof typeof harmful;

/** The same rename as above, said to be a move as the finding shows it. */
export const moved: Change = {
  edit(code) {
    const old = { table: usersTable(code), alarm: alarm(code, "errors") };
    harmful["renamed in code"].edit(code);
    code.add({
      moved: [
        { from: old.table, to: "aws_dynamodb_table.people-table_CD9EEDAB" },
        { from: old.alarm, to: "aws_cloudwatch_metric_alarm.failures_68B256BF" },
      ],
    });
  },
};

const describe = (code: Code, address: string, description: string) => {
  code.of(address)["description"] = description;
};

/** Changes that do no harm, each beside one that does. */
export const harmless: Readonly<Record<string, (code: Code) => void>> = {
  "the order of the indexes": (code) => {
    const table = code.of(replicated);
    table["global_secondary_index"] = [
      index("by-b", "b"),
      index("by-a", "a", { projection_type: "INCLUDE", non_key_attributes: ["y", "x"] }),
    ];
  },
  "time to live turned off": (code) => {
    code.of(replicated)["ttl"] = { enabled: false, attribute_name: "expires" };
  },
  "one more replica": (code) => {
    code.of(replicated)["replica"] = ["us-east-1", "eu-west-1", "us-west-2"].map((region_name) => ({
      region_name,
    }));
  },
  "another table class": (code) => {
    code.of(replicated)["table_class"] = "STANDARD_INFREQUENT_ACCESS";
  },
  "a tag on a table": (code) => {
    code.of(messagesTable(code))["tags"] = { team: "messaging" };
  },
  "deletion protection turned on": (code) => {
    code.of(replicated)["deletion_protection_enabled"] = true;
  },
  "recovery that reaches further back": (code) => {
    code.of(usersTable(code))["point_in_time_recovery"] = { enabled: true, recovery_period_in_days: 35 };
  },
  "more capacity": (code) => {
    Object.assign(code.of(usersTable(code)), { read_capacity: 20, write_capacity: 10 });
  },
  "one index more": (code) => {
    const users = code.of(usersTable(code));
    users["attribute"] = [text("Name"), text("Title")];
    users["global_secondary_index"] = [index("by-title", "Title", { read_capacity: 1, write_capacity: 1 })];
  },
  "more memory": (code) => {
    code.of(streamFunction(code))["memory_size"] = 1_024;
  },
  "more time": (code) => {
    code.of(streamFunction(code))["timeout"] = 60;
  },
  "a smaller batch, and more retries": (code) => {
    Object.assign(code.of(trigger(code)), {
      batch_size: 50,
      maximum_retry_attempts: 20,
      parallelization_factor: 4,
    });
  },
  "the filter written otherwise": (code) => {
    const pattern = JSON.stringify(newMessages("MSG#"), null, 1);
    code.of(trigger(code))["filter_criteria"] = { filter: [{ pattern }] };
  },
  "a policy in another order, divided otherwise, with other names": (code) => {
    code.policy(rolePolicy(code), "policy", (statements) =>
      statements.reverse().flatMap((statement, place) => {
        const { Action, Sid: _, ...rest } = statement;
        return [Action]
          .flat()
          .map((action, part) => ({ Sid: `S${place}P${part}`, ...rest, Action: [action] }));
      }),
    );
  },
  "a narrower policy": (code) => {
    code.policy(endpoint(code), "policy", (statements) => statements.slice(0, 1));
  },
  "an action in other letters, a principal written in full": (code) => {
    code.policy(queue(code), "policy", (statements) =>
      statements.map((statement) => ({ ...statement, Action: ["SQS:*"], Principal: { AWS: "*" } })),
    );
  },
  "another description of the key": (code) => {
    describe(code, encryptionKey(code), "Encrypts what is private");
  },
  "logs kept longer": (code) => {
    code.of(code.address("aws_cloudwatch_log_group"))["retention_in_days"] = 30;
  },
  "a later alarm": (code) => {
    code.of(alarm(code, "iterator-age"))["threshold"] = 600_000;
  },
  "an alarm in another's place": (code) => {
    const errors = code.of(alarm(code, "errors"));
    code.put("aws_cloudwatch_metric_alarm.throttles", {
      ...errors,
      alarm_name: "throttles",
      metric_name: "Throttles",
    });
    code.remove(alarm(code, "errors"));
  },
  "a rule's description": (code) => {
    describe(code, code.address("aws_vpc_security_group_egress_rule"), "To DynamoDB alone");
  },
  "a tag on the endpoint": (code) => {
    code.of(endpoint(code))["tags"] = { Name: "the way to DynamoDB" };
  },
};

/** All of them in one change. */
export const allHarmless: Change = {
  literal: guarded,
  edit(code) {
    for (const edit of Object.values(harmless)) edit(code);
  },
};
