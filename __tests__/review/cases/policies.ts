import type { Arguments } from "../code.ts";
import type { PlannedCases } from "../planned-cases.ts";

const account = "111111111111";
const arn = (service: string, rest: string) => `arn:aws:${service}:ca-central-1:${account}:${rest}`;
const policyOf = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, rest: object = { Resource: "*" }) => ({ Effect: "Allow", Action, ...rest });
const everybody = { Principal: "*", Resource: "*" };

const table = arn("dynamodb", "table/messages");
const stream = `${table}/stream/2030-01-01T00:00:00.000`;
const logGroup = `${arn("logs", "log-group:/aws/lambda/f")}:*`;
const readStream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map(
  (name) => `dynamodb:${name}`,
);

const mayRead = (...AWS: readonly string[]) =>
  allow("dynamodb:GetItem", { Resource: table, Principal: { AWS } });

const role = (statement: object): Arguments => ({
  name: "role",
  assume_role_policy: policyOf({ Action: "sts:AssumeRole", Effect: "Allow", ...statement }),
});

const images = (Condition: object): Arguments => ({
  repository: "app",
  policy: policyOf(allow("ecr:BatchGetImage", { Principal: "*", Condition })),
});

const github = "token.actions.githubusercontent.com";
const fromGithub = (sub: string) =>
  role({
    Action: "sts:AssumeRoleWithWebIdentity",
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${github}` },
    Condition: {
      StringEquals: { [`${github}:aud`]: "sts.amazonaws.com" },
      StringLike: { [`${github}:sub`]: sub },
    },
  });

/** A function with a role, and the mapping that invokes it. */
const triggered = (name: string): Readonly<Record<string, Arguments>> => ({
  [`aws_lambda_function.${name}`]: {
    function_name: name,
    role: `arn:aws:iam::${account}:role/${name}`,
    package_type: "Image",
    image_uri: `${account}.dkr.ecr.ca-central-1.amazonaws.com/${name}:1`,
  },
  [`aws_lambda_event_source_mapping.${name}`]: {
    function_name: name,
    event_source_arn: stream,
    starting_position: "TRIM_HORIZON",
  },
});

const rolePolicy = (of: string, ...statements: readonly object[]): Arguments => ({
  name: "policy",
  role: of,
  policy: policyOf(...statements),
});
const mayReadStream = allow(readStream, { Resource: stream });
const mayWrite = allow(["dynamodb:PutItem", "dynamodb:TagResource"], { Resource: table });
const mayLog = allow("logs:PutLogEvents", { Resource: logGroup });
const all = [mayReadStream, mayWrite, mayLog];

/** Policies that allow more, or less than a function needs. */
export const policyCases: PlannedCases = {
  "a table that another account may read": {
    rule: "policy-wider",
    type: "aws_dynamodb_resource_policy",
    harmful: { resource_arn: table, policy: policyOf(mayRead("222222222222")) },
    finds: `care/care policy of aws_dynamodb_resource_policy.a-table-that-another-account-may-read newly allows dynamodb:GetItem on ${table} for AWS:222222222222.`,
    harmless: "deleted",
  },
  "a stream that one more may read": {
    rule: "policy-wider",
    type: "aws_dynamodb_resource_policy",
    deployed: { resource_arn: stream, policy: policyOf(mayRead("222222222222")) },
    harmful: { resource_arn: stream, policy: policyOf(mayRead("222222222222", "333333333333")) },
    finds:
      "care/care policy of aws_dynamodb_resource_policy.a-stream-that-one-more-may-read newly allows dynamodb:GetItem",
    harmless: { resource_arn: stream, policy: policyOf(mayRead("arn:aws:iam::222222222222:root")) },
  },
  "a role for anybody's repository": {
    rule: "policy-wider",
    type: "aws_iam_role",
    harmful: fromGithub("repo:*"),
    finds: "blocked/blocked assume_role_policy of",
    harmless: fromGithub("repo:cruddur/infrastructure:*"),
  },
  "a role for another account": {
    rule: "policy-wider",
    type: "aws_iam_role",
    harmful: role({ Principal: { AWS: "222222222222" } }),
    finds: "care/care assume_role_policy of",
    harmless: role({
      Principal: { AWS: "222222222222" },
      Condition: { StringEquals: { "sts:ExternalId": "1234" } },
    }),
  },
  "a key for everybody": {
    rule: "policy-wider",
    type: "aws_kms_key",
    harmful: { policy: policyOf(allow("kms:*", everybody)) },
    finds: "blocked/blocked policy of",
    harmless: {
      policy: policyOf(allow("kms:*", { Principal: { AWS: `arn:aws:iam::${account}:root` }, Resource: "*" })),
    },
  },
  "images that TLS alone restricts": {
    rule: "policy-wider",
    type: "aws_ecr_repository_policy",
    harmful: images({ Bool: { "aws:SecureTransport": "true" } }),
    finds: "blocked/blocked policy of",
    harmless: images({ StringEquals: { "aws:PrincipalOrgID": "o-1" } }),
  },
  "an action with a wildcard": {
    rule: "policy-wider",
    type: "aws_iam_policy",
    harmful: { name: "a", policy: policyOf(allow("dynamodb:Delete*", { Resource: table })) },
    finds: "blocked/blocked policy of",
    harmless: {
      name: "a",
      policy: policyOf(
        allow("dynamodb:Get*", { Resource: table }),
        allow(["kms:GenerateDataKey*", "kms:ReEncrypt*"], { Resource: arn("kms", "key/1") }),
        allow("ec2:Describe*"),
      ),
    },
  },
  "an endpoint's policy": {
    rule: "policy-wider",
    type: "aws_vpc_endpoint_policy",
    deployed: {
      vpc_endpoint_id: "vpce-1",
      policy: policyOf(allow(["dynamodb:GetItem", "dynamodb:PutItem"], { Principal: "*", Resource: table })),
    },
    harmful: "deleted",
    finds: "blocked/blocked The VPC endpoint of",
    harmless: {
      vpc_endpoint_id: "vpce-1",
      policy: policyOf(allow("dynamodb:GetItem", { Principal: "*", Resource: table })),
    },
  },
  "what a function reads its stream with": {
    rule: "permission-removed",
    type: "aws_iam_role_policy",
    beside: triggered("reads"),
    deployed: rolePolicy("reads", ...all),
    harmful: rolePolicy("reads", mayWrite, mayLog),
    finds: `blocked/blocked Function reads, which the trigger invokes, is no longer allowed ${readStream.join(", ")} on ${stream}`,
    harmless: rolePolicy("reads", mayLog, allow("dynamodb:PutItem", { Resource: table }), mayReadStream),
  },
  "what a function logs with": {
    rule: "permission-removed",
    type: "aws_iam_role_policy",
    beside: triggered("logs"),
    deployed: rolePolicy("logs", ...all),
    harmful: rolePolicy("logs", mayReadStream, mayWrite),
    finds: "care/care Function logs, which the trigger invokes, is no longer allowed logs:PutLogEvents on",
    harmless: rolePolicy("logs", mayReadStream, mayWrite),
    withHarmless: { "aws_iam_role_policy.moved": { ...rolePolicy("logs", mayLog), name: "moved" } },
  },
  "a policy that a function writes with": {
    rule: "permission-removed",
    type: "aws_iam_role_policy",
    beside: {
      ...triggered("writes"),
      "aws_iam_role_policy.reads": { ...rolePolicy("writes", mayReadStream), name: "reads" },
    },
    deployed: rolePolicy("writes", mayWrite),
    harmful: "deleted",
    finds:
      "blocked/blocked Function writes, which the trigger invokes, is no longer allowed dynamodb:PutItem on",
    harmless: rolePolicy("writes", allow("dynamodb:PutItem", { Resource: table })),
  },
};
