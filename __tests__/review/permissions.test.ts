import { expect, test } from "@jest/globals";
import { planFromJson } from "../../review/plan/plan.ts";
import { permissionRemoved } from "../../review/rules/permission-removed.ts";
import type { PlanJson } from "../../terraform/plan-json.ts";
import { changeOf, noContext, planOf } from "./synthetic-plan.ts";

type Change = ReturnType<typeof changeOf>;

async function found(
  changes: readonly Change[],
  configuration?: PlanJson["configuration"],
): Promise<string[]> {
  const plan = planFromJson([{ ...planOf(...changes), configuration }]);
  const findings = await permissionRemoved.check(plan, noContext);
  return findings.map(({ level, change, what }) => `${level.protected} ${change.address}: ${what}`);
}

const kept = (type: string, name: string, values: object) => changeOf(type, name, "no-op", values, values);
const updated = (type: string, name: string, before: object, after: object) =>
  changeOf(type, name, "update", before, after);
const deleted = (type: string, name: string, before: object) => changeOf(type, name, "delete", before, null);
const created = (type: string, name: string, after: object) => changeOf(type, name, "create", null, after);

const arn = (service: string, rest: string) => `arn:aws:${service}:ca-central-1:111111111111:${rest}`;
const table = arn("dynamodb", "table/t");
const stream = `${table}/stream/1`;
const queue = arn("sqs", "q");
const key = arn("kms", "key/k");
const role = "arn:aws:iam::111111111111:role/r";

const allow = (Action: unknown, Resource: unknown, rest: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...rest,
});
const deny = (Action: unknown, Resource: unknown, rest: object = {}) => ({
  ...allow(Action, Resource, rest),
  Effect: "Deny",
});
const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const rolePolicy = (...statements: readonly object[]) => ({
  name: "p",
  role: "r",
  policy: document(...statements),
});

const READ_STREAM = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map(
  (name) => `dynamodb:${name}`,
);
const readStream = allow(READ_STREAM, stream);
const write = allow(["dynamodb:PutItem", "dynamodb:Query"], table);
const send = allow("sqs:SendMessage", queue);
const log = allow("logs:PutLogEvents", `${arn("logs", "log-group:/aws/lambda/f")}:*`);
const decrypt = allow("kms:Decrypt", key);
const all = [readStream, write, send, log, decrypt];

const vpc = { vpc_config: [{ subnet_ids: ["subnet-1"], vpc_id: "vpc-1" }] };
const fn = { function_name: "f", arn: arn("lambda", "function:f"), role, ...vpc };
const mapping = {
  function_name: fn.arn,
  event_source_arn: stream,
  destination_config: [{ on_failure: [{ destination_arn: queue }] }],
};
const triggered = [
  kept("aws_lambda_function", "f", fn),
  kept("aws_lambda_event_source_mapping", "m", mapping),
];
const without = (statement: object) => all.filter((one) => one !== statement);
const policyBecomes = (...statements: readonly object[]) =>
  updated("aws_iam_role_policy", "p", rolePolicy(...all), rolePolicy(...statements));

const BLOCKED: readonly (readonly [what: string, part: string, ...changes: Change[]])[] = [
  [
    "its stream",
    `${READ_STREAM.join(", ")} on ${stream}: Lambda can't read`,
    policyBecomes(...without(readStream)),
  ],
  [
    "one action on its stream",
    `dynamodb:GetRecords on ${stream}`,
    policyBecomes(
      ...without(readStream),
      allow(
        READ_STREAM.filter((name) => !name.endsWith("Records")),
        stream,
      ),
    ),
  ],
  [
    "its stream for another",
    "dynamodb:GetRecords",
    policyBecomes(...without(readStream), allow(READ_STREAM, `${table}/stream/2`)),
  ],
  ["its writes", `dynamodb:PutItem on ${table}: its writes fail.`, policyBecomes(...without(write))],
  ["the use of its key", `kms:Decrypt on ${key}: what the key encrypts`, policyBecomes(...without(decrypt))],
  [
    "its policy",
    "is no longer allowed dynamodb:DescribeStream",
    deleted("aws_iam_role_policy", "p", rolePolicy(...all)),
  ],
  ["everything, by a Deny", "dynamodb:PutItem", policyBecomes(...all, deny("dynamodb:*", "*"))],
  [
    "its stream, by a Deny in another policy",
    "dynamodb:GetRecords",
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    created("aws_iam_role_policy", "d", { ...rolePolicy(deny("dynamodb:GetRecords", "*")), name: "d" }),
  ],
  [
    "its inline policy",
    "dynamodb:PutItem",
    updated(
      "aws_iam_role",
      "r",
      { name: "r", inline_policy: [rolePolicy(...all)] },
      { name: "r", inline_policy: [] },
    ),
  ],
  [
    "a wildcard that gave all",
    `dynamodb:ListStreams on ${stream}`,
    updated("aws_iam_role_policy", "p", rolePolicy(allow("*", "*")), rolePolicy(write, send, log, decrypt)),
  ],
  [
    "a managed policy of AWS",
    `dynamodb:GetRecords, dynamodb:GetShardIterator, dynamodb:ListStreams on ${stream}`,
    deleted("aws_iam_role_policy_attachment", "a", {
      role: "r",
      policy_arn: "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole",
    }),
  ],
  [
    "part of its own managed policy",
    "aws_iam_policy.p: Function f, which the trigger invokes, is no longer allowed dynamodb:PutItem",
    kept("aws_iam_role_policy_attachment", "a", { role: "r", policy_arn: "arn:p" }),
    updated(
      "aws_iam_policy",
      "p",
      { arn: "arn:p", policy: document(...all) },
      { arn: "arn:p", policy: document(...without(write)) },
    ),
  ],
  [
    "its own managed policy",
    "aws_iam_role_policy_attachment.a: Function f, which the trigger invokes, is no longer allowed dynamodb:PutItem",
    deleted("aws_iam_role_policy_attachment", "a", { role: "r", policy_arn: "arn:p" }),
    kept("aws_iam_policy", "p", { arn: "arn:p", policy: document(...all) }),
  ],
  [
    "its role for one that may less",
    "aws_lambda_function.f: Function f, which the trigger invokes, is no longer allowed dynamodb:PutItem",
    updated("aws_lambda_function", "f", fn, { ...fn, role: `${role}2` }),
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    kept("aws_iam_role_policy", "p2", { ...rolePolicy(...without(write)), role: "r2" }),
  ],
  [
    "the key, by its policy",
    `aws_kms_key.k: Function f, which the trigger invokes, is no longer allowed kms:Decrypt on ${key}`,
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    updated(
      "aws_kms_key",
      "k",
      { arn: key, policy: document(allow("kms:*", "*", { Principal: { AWS: "111111111111" } })) },
      {
        arn: key,
        policy: document(allow("kms:*", "*", { Principal: { AWS: "arn:aws:iam::111111111111:role/admin" } })),
      },
    ),
  ],
  [
    "the key that named it",
    "aws_kms_key_policy.k: Function f, which the trigger invokes, is no longer allowed kms:Decrypt",
    kept("aws_iam_role_policy", "p", rolePolicy(...without(decrypt))),
    kept("aws_kms_key", "k", { arn: key, key_id: "k" }),
    updated(
      "aws_kms_key_policy",
      "k",
      { key_id: "k", policy: document(allow("kms:Decrypt", "*", { Principal: { AWS: role } })) },
      { key_id: "k", policy: document(allow("kms:*", "*", { Principal: { AWS: "111111111111" } })) },
    ),
  ],
  [
    "the table, by its policy",
    `aws_dynamodb_resource_policy.t: Function f, which the trigger invokes, is no longer allowed dynamodb:PutItem on ${table}`,
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    created("aws_dynamodb_resource_policy", "t", {
      resource_arn: table,
      policy: document(deny("dynamodb:*", "*", { Principal: "*" })),
    }),
    kept("aws_dynamodb_table", "t", { arn: table, name: "t" }),
  ],
  [
    "the endpoint",
    "aws_vpc_endpoint.e: Function f, which the trigger invokes, is no longer allowed dynamodb:PutItem",
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    updated(
      "aws_vpc_endpoint",
      "e",
      { service_name: "com.amazonaws.ca-central-1.dynamodb", policy: null },
      {
        service_name: "com.amazonaws.ca-central-1.dynamodb",
        policy: document(allow("dynamodb:Query", "*", { Principal: "*" })),
      },
    ),
  ],
  [
    "what its boundary leaves out",
    "aws_iam_role.r: Function f, which the trigger invokes, is no longer allowed dynamodb:PutItem",
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    kept("aws_iam_policy", "b", { arn: "arn:b", policy: document(readStream, send, log, decrypt) }),
    updated(
      "aws_iam_role",
      "r",
      { name: "r", permissions_boundary: null },
      { name: "r", permissions_boundary: "arn:b" },
    ),
  ],
];

test.each(BLOCKED)("blocked is a function that loses %s", async (_, part, ...changes) => {
  const others = triggered.filter(({ address }) => changes.every((change) => change.address !== address));
  expect(await found([...others, ...changes])).toContainEqual(expect.stringContaining(part));
  expect((await found([...others, ...changes])).filter((text) => text.includes(part))).toEqual(
    expect.arrayContaining([expect.stringMatching(/^blocked /)]),
  );
});

const CARE: readonly (readonly [what: string, part: string, ...changes: Change[]])[] = [
  ["its reads", "dynamodb:Query on", policyBecomes(...without(write), allow("dynamodb:PutItem", table))],
  [
    "its dead-letter queue",
    `sqs:SendMessage on ${queue}: what it sends, and records`,
    policyBecomes(...without(send)),
  ],
  ["its logs", "logs:PutLogEvents on", policyBecomes(...without(log))],
  [
    "its writes, but under a new condition",
    `is allowed dynamodb:PutItem on ${table} only under more conditions`,
    policyBecomes(...without(write), {
      ...write,
      Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } },
    }),
  ],
  [
    "its writes, if a Deny applies",
    "only under more conditions",
    policyBecomes(
      ...all,
      deny("dynamodb:PutItem", "*", { Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } }),
    ),
  ],
  [
    "a managed policy that the plan doesn't have",
    "loses what the managed policy arn:aws:iam::111111111111:policy/x allows",
    deleted("aws_iam_role_policy_attachment", "a", {
      role: "r",
      policy_arn: "arn:aws:iam::111111111111:policy/x",
    }),
  ],
  [
    "its policy for one that isn't known",
    "unless arn:aws:iam::111111111111:policy/x allows it",
    deleted("aws_iam_role_policy", "p", rolePolicy(...all)),
    created("aws_iam_role_policy_attachment", "a", {
      role: "r",
      policy_arn: "arn:aws:iam::111111111111:policy/x",
    }),
  ],
];

test.each(CARE)("somebody has to look at a function that loses %s", async (_, part, ...changes) => {
  const texts = await found([...triggered, ...changes]);
  expect(texts).toContainEqual(expect.stringContaining(part));
  expect(texts.filter((text) => text.startsWith("blocked"))).toEqual([]);
});

test("somebody has to look at a function without a trigger", async () => {
  const texts = await found([kept("aws_lambda_function", "f", fn), policyBecomes(...without(write))]);
  expect(texts).toHaveLength(2);
  expect(texts).toEqual(texts.map(() => expect.stringMatching(/^care .*Function f is no longer allowed/)));
});

const NO_LOSS: readonly (readonly [what: string, ...changes: Change[]])[] = [
  [
    "a policy in another order, divided otherwise",
    policyBecomes(
      ...all
        .flatMap(({ Action, ...rest }) => [Action].flat().map((action) => ({ ...rest, Action: action })))
        .reverse(),
    ),
  ],
  ["wider actions and resources", policyBecomes(allow("dynamodb:*", "*"), send, log, decrypt)],
  [
    "an action that no function needs less",
    updated(
      "aws_iam_role_policy",
      "p",
      rolePolicy(...all, allow("dynamodb:TagResource", table)),
      rolePolicy(...all),
    ),
  ],
  [
    "named actions and resources instead of wildcards",
    updated(
      "aws_iam_role_policy",
      "p",
      rolePolicy(allow("dynamodb:*", "*"), allow("sqs:*", "*"), log, allow("kms:*", "*")),
      rolePolicy(
        readStream,
        {
          ...write,
          Action: [
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:TransactWriteItems",
            "dynamodb:PartiQL*",
            "dynamodb:*Get*",
            "dynamodb:Query",
            "dynamodb:Scan",
          ],
        },
        send,
        log,
        allow(["kms:Decrypt", "kms:Generate*"], key),
      ),
    ),
  ],
  [
    "a statement moved to another policy",
    policyBecomes(...without(write)),
    created("aws_iam_role_policy", "p2", { ...rolePolicy(write), name: "p2" }),
  ],
  [
    "a policy under another name",
    deleted("aws_iam_role_policy", "p", rolePolicy(...all)),
    created("aws_iam_role_policy", "p2", { ...rolePolicy(...all), name: "p2" }),
  ],
  [
    "an inline policy made a resource",
    updated(
      "aws_iam_role",
      "r",
      { name: "r", inline_policy: [rolePolicy(...all)] },
      { name: "r", inline_policy: [] },
    ),
    created("aws_iam_role_policy", "p", rolePolicy(...all)),
  ],
  [
    "a policy of another role",
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    deleted("aws_iam_role_policy", "o", { ...rolePolicy(...all), role: "other" }),
  ],
  ["a Deny for another table", policyBecomes(...all, deny("dynamodb:*", `${table}-other`))],
  [
    "a table that is deleted",
    policyBecomes(...without(write)),
    deleted("aws_dynamodb_table", "t", { arn: table, name: "t" }),
  ],
  [
    "a queue that nothing sends to any more",
    policyBecomes(...without(send)),
    updated("aws_lambda_event_source_mapping", "m", mapping, { ...mapping, destination_config: [] }),
  ],
  [
    "a mapping that is deleted",
    policyBecomes(...without(readStream)),
    deleted("aws_lambda_event_source_mapping", "m", mapping),
  ],
  [
    "a stream that is turned off",
    policyBecomes(...without(readStream)),
    updated(
      "aws_dynamodb_table",
      "t",
      { arn: table, stream_arn: stream, stream_enabled: true },
      { arn: table, stream_enabled: false },
    ),
  ],
  [
    "a key that leaves it to IAM",
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    updated(
      "aws_kms_key",
      "k",
      { arn: key, policy: document(allow("kms:Decrypt", "*", { Principal: { AWS: role } })) },
      { arn: key, policy: document(allow("kms:*", "*", { Principal: { AWS: "111111111111" } })) },
    ),
  ],
  [
    "an endpoint of another service",
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    updated(
      "aws_vpc_endpoint",
      "e",
      { service_name: "com.amazonaws.ca-central-1.s3", policy: null },
      {
        service_name: "com.amazonaws.ca-central-1.s3",
        policy: document(allow("s3:GetObject", "*", { Principal: "*" })),
      },
    ),
  ],
  [
    "an endpoint, for a function outside of the VPC",
    kept("aws_lambda_function", "f", { ...fn, vpc_config: [] }),
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    updated(
      "aws_vpc_endpoint",
      "e",
      { service_name: "com.amazonaws.ca-central-1.dynamodb", policy: null },
      {
        service_name: "com.amazonaws.ca-central-1.dynamodb",
        policy: document(allow("dynamodb:Scan", "*", { Principal: "*" })),
      },
    ),
  ],
  [
    "what it never had",
    updated(
      "aws_iam_role_policy",
      "p",
      rolePolicy(deny("dynamodb:*", "*"), ...all.filter((one) => one !== readStream && one !== write), write),
      rolePolicy(deny("dynamodb:*", "*"), ...all.filter((one) => one !== readStream && one !== write)),
    ),
  ],
  [
    "a function that is deleted too",
    deleted("aws_lambda_function", "f", fn),
    deleted("aws_lambda_event_source_mapping", "m", mapping),
    deleted("aws_iam_role_policy", "p", rolePolicy(...all)),
  ],
];

test.each(NO_LOSS)("no loss is %s", async (_, ...changes) => {
  const others = triggered.filter(({ address }) => changes.every((change) => change.address !== address));
  expect(await found([...others, ...changes])).toEqual([]);
});

test("a role that the plan creates is known by its name", async () => {
  const moved = updated("aws_lambda_function", "f", fn, { ...fn, role: null });
  const newRole = (statements: readonly object[]) => [
    { ...moved, change: { ...moved.change, after_unknown: { role: true } } },
    ...triggered.slice(1),
    created("aws_iam_role", "next", { name: "next" }),
    kept("aws_iam_role_policy", "p", rolePolicy(...all)),
    created("aws_iam_role_policy", "next", { ...rolePolicy(...statements), role: "next" }),
  ];
  const configuration = {
    root_module: {
      resources: [
        {
          address: "aws_lambda_function.f",
          expressions: { role: { references: ["aws_iam_role.next.arn"] } },
        },
      ],
    },
  };
  expect(await found(newRole(all), configuration)).toEqual([]);
  expect(await found(newRole(without(write)), configuration)).toContainEqual(
    expect.stringMatching(/^blocked aws_lambda_function\.f: .* dynamodb:PutItem on/),
  );
});
