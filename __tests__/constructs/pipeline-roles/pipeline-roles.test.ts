import { describe, expect, test } from "@jest/globals";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { EnvironmentLiteral } from "../../../config/environment.ts";
import { CANARY_PREFIX } from "../../../messaging/canary.ts";
import { devLiteral as dev, prodLiteral as prod } from "../../support/environments.ts";
import { statementsIn, synthesizeBootstrap, type Synthesized } from "../../support/synthesized.ts";

const ACCOUNT = "111111111111";
const REGION = "ca-central-1";
const repository = "owner/name";
const withRoles = (literal: EnvironmentLiteral) =>
  synthesizeBootstrap({ ...literal, pipeline: { repository } });

/** The policies of a role, with Terraform's expressions resolved. */
function policiesOf(
  stack: Synthesized,
  kind: "plan" | "deploy",
  bucket: string,
): { name: string; policy: unknown }[] {
  return stack
    .ofType("aws_iam_role_policy")
    .filter(({ path }) => path.includes(`/${kind}-`))
    .map(({ path, values }) => ({ name: path, policy: resolved(values["policy"] as string, bucket) }));
}

function resolved(policy: string, bucket: string): object {
  const text = policy
    .replaceAll(/\$\{element\([^}]*\}/g, ACCOUNT)
    .replaceAll(/\$\{aws_kms_key[^}]*\}/g, `arn:aws:kms:${REGION}:${ACCOUNT}:key/state`)
    .replaceAll(/\$\{aws_s3_bucket[^}]*\}/g, `arn:aws:s3:::${bucket}`);
  expect(text).not.toContain("${");
  return JSON.parse(text) as object;
}

const arn = (service: string, resource: string, account = ACCOUNT) =>
  `arn:aws:${service}:${service === "s3" ? ":" : `${REGION}:${account}:`}${resource}`;

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
  const account = resource.split(":")[4] ?? "";
  const result = await runSimulation(
    {
      identityPolicies: policiesOf(stack, role, dev.state.bucket),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // The default key policy lets the account's IAM policies control access.
      ...(resource.includes(":key/") && { resourcePolicy: forTheAccountToSay }),
      request: {
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/cruddur-messaging-${role}/test`,
        action,
        resource: { resource, accountId: account === "" ? ACCOUNT : account },
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

describe("who may take the roles", () => {
  const subjects = (stack: Synthesized, role: string) =>
    (
      JSON.parse(stack.one("aws_iam_role", `/${role}-role`)["assume_role_policy"] as string) as {
        Statement: { Action: string; Condition: { StringEquals: Record<string, unknown> } }[];
      }
    ).Statement.map(({ Action, Condition }) => [Action, Condition.StringEquals]);

  test("jobs of the one repository, in the environment's own GitHub environment, by GitHub's token for AWS", () => {
    const trusted = (...environments: string[]) => [
      [
        "sts:AssumeRoleWithWebIdentity",
        {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": environments.map(
            (one) => `repo:owner/name:environment:${one}`,
          ),
        },
      ],
    ];
    expect(subjects(inDev, "deploy")).toEqual(trusted("dev"));
    expect(subjects(inDev, "plan")).toEqual(trusted("dev", "dev-plan"));
    expect(subjects(inProd, "deploy")).toEqual(trusted("prod"));
    const promoting = synthesizeBootstrap({ ...dev, pipeline: { repository, planFrom: ["plan", "prod"] } });
    expect(subjects(promoting, "plan")).toEqual(trusted("plan", "prod"));
    expect(subjects(promoting, "deploy")).toEqual(trusted("dev"));
  });

  test("nobody, where no repository is said: there are no roles", () => {
    expect(synthesizeBootstrap(dev).ofType("aws_iam_role")).toEqual([]);
    expect(synthesizeBootstrap(dev).ofType("aws_iam_openid_connect_provider")).toEqual([]);
  });

  test("by the account's provider, which is made unless it is there", () => {
    expect(inDev.one("aws_iam_openid_connect_provider")).toMatchObject({
      client_id_list: ["sts.amazonaws.com"],
    });
    const existing = synthesizeBootstrap({ ...dev, pipeline: { repository, identityProvider: "existing" } });
    expect(existing.ofType("aws_iam_openid_connect_provider")).toEqual([]);
    expect(existing.one("aws_iam_role", "/plan-role")["assume_role_policy"]).toContain(
      ":oidc-provider/token.actions.githubusercontent.com",
    );
  });

  test("a repository that is none is refused", () => {
    expect(() => synthesizeBootstrap({ ...dev, pipeline: { repository: "name" } })).toThrow(
      'config/environments/dev.ts: pipeline.repository must be a GitHub repository like "owner/name" (given "name")',
    );
  });
});

describe("the policies", () => {
  const statements = [inDev, inProd].flatMap((stack) =>
    stack.ofType("aws_iam_role_policy").flatMap(({ values }) => statementsIn(values["policy"] as string)),
  );

  test("allow no wildcard action, and everything only where AWS knows nothing narrower", () => {
    for (const { Action } of statements)
      for (const action of [Action].flat()) expect(action).not.toContain("*");
    const all = statements.filter(({ Resource }) => [Resource].flat().includes("*"));
    expect(new Set(all.map(({ Sid }) => Sid))).toEqual(
      new Set(["DescribeNetworkAndLists", "MakeKey", "ChangeTrigger"]),
    );
  });

  test("fit into what IAM takes: 10,240 characters for a role", () => {
    for (const role of ["plan", "deploy"] as const) {
      const size = policiesOf(inDev, role, dev.state.bucket)
        .map(({ policy }) => JSON.stringify(policy).length)
        .reduce((sum, length) => sum + length, 0);
      expect(size).toBeLessThan(10_240);
    }
  });
});

describe("the plan role, simulated", () => {
  test.each([
    ["dynamodb:DescribeTable", messages],
    ["lambda:GetFunction", arn("lambda", "function:cruddur-messaging-stream")],
    ["s3:GetObject", "arn:aws:s3:::cruddur-messaging-dev-state/messaging.tfstate"],
    ["s3:PutObject", "arn:aws:s3:::cruddur-messaging-dev-state/messaging.tfstate.tflock"],
    ["ec2:DescribeVpcs", "*"],
    ["tag:GetResources", "*"],
    ["lambda:ListEventSourceMappings", "*"],
  ])("may %s %s", async (action, resource) => {
    expect(await may(inDev, "plan", action, resource)).toBe(true);
  });

  test.each([
    ["dynamodb:GetItem", messages],
    ["dynamodb:Query", messages],
    ["dynamodb:Scan", messages],
    ["dynamodb:PutItem", messages],
    ["dynamodb:UpdateTable", messages],
    ["s3:PutObject", "arn:aws:s3:::cruddur-messaging-dev-state/messaging.tfstate"],
    ["s3:PutObject", "arn:aws:s3:::cruddur-messaging-dev-state/releases/1/evidence/2.json"],
    ["s3:PutObject", "arn:aws:s3:::cruddur-messaging-dev-state/bootstrap.tfstate"],
    ["s3:PutBucketPolicy", "arn:aws:s3:::cruddur-messaging-dev-state"],
    ["kms:Decrypt", arn("kms", "key/tables")],
    ["secretsmanager:GetSecretValue", arn("secretsmanager", "secret:any-AbCdEf")],
    ["ssm:GetParameter", arn("ssm", "parameter/any")],
    ["lambda:UpdateFunctionCode", arn("lambda", "function:cruddur-messaging-stream")],
    ["iam:PutRolePolicy", "arn:aws:iam::111111111111:role/cruddur-messaging-stream"],
    ["dynamodb:DescribeTable", arn("dynamodb", "table/other")],
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

  test("deletes a table or schedules a key's deletion only where nothing is protected", async () => {
    for (const [action, resource] of [
      ["dynamodb:DeleteTable", messages],
      ["kms:ScheduleKeyDeletion", arn("kms", "key/tables")],
    ] as const) {
      expect(await may(inDev, "deploy", action, resource, ours)).toBe(true);
      expect(await may(inProd, "deploy", action, resource, { "aws:ResourceTag/environment": "prod" })).toBe(
        false,
      );
    }
  });

  test.each([
    ["another table", "dynamodb:UpdateTable", arn("dynamodb", "table/other"), {}],
    [
      "another environment's network",
      "ec2:DeleteVpc",
      arn("ec2", "vpc/vpc-1"),
      { "aws:ResourceTag/environment": "prod" },
    ],
    [
      "another environment's key",
      "kms:PutKeyPolicy",
      arn("kms", "key/1"),
      { "aws:ResourceTag/environment": "prod" },
    ],
    ["the state's key", "kms:ScheduleKeyDeletion", arn("kms", "key/state"), ours],
    [
      "the state of the bootstrap",
      "s3:GetObject",
      "arn:aws:s3:::cruddur-messaging-dev-state/bootstrap.tfstate",
      {},
    ],
    [
      "the evidence, to delete it",
      "s3:DeleteObject",
      "arn:aws:s3:::cruddur-messaging-dev-state/releases/1/x",
      {},
    ],
    ["another bucket", "s3:PutObject", "arn:aws:s3:::cruddur-messaging-prod-state/messaging.tfstate", {}],
    ["another role", "iam:PutRolePolicy", "arn:aws:iam::111111111111:role/cruddur-messaging-deploy", {}],
    [
      "its function's role, for another service",
      "iam:PassRole",
      "arn:aws:iam::111111111111:role/cruddur-messaging-stream",
      { "iam:PassedToService": "ec2.amazonaws.com" },
    ],
    [
      "another function's trigger",
      "lambda:UpdateEventSourceMapping",
      arn("lambda", "event-source-mapping:1"),
      { "lambda:FunctionArn": arn("lambda", "function:other") },
    ],
    ["a network without the tag", "ec2:CreateVpc", arn("ec2", "vpc/vpc-1"), {}],
  ])("does not reach %s", async (_, action, resource, context) => {
    expect(await may(inDev, "deploy", action, resource, context as Record<string, string>)).toBe(false);
  });
});
