import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { strToU8, zipSync } from "fflate";
import { allow, policyDocument } from "../../constructs/policy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

/** A policy of exactly so many characters. */
function policyOf(characters: number): string {
  const rest = characters - policyDocument(allow("A", ["s3:GetObject"], "")).length;
  return policyDocument(allow("A", ["s3:GetObject"], "r".repeat(rest)));
}

function trustOf(characters: number): string {
  const trust = (Service: string) =>
    policyDocument({ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" });
  return trust("s".repeat(characters - trust("").length));
}

describeWith(["python"], "the quotas of the embedded AWS", () => {
  let corrected: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    [corrected, asShipped] = await Promise.all([
      startEmbeddedAws(),
      startEmbeddedAws({ without: ["quotas"] }),
    ]);
    for (const aws of [corrected, asShipped]) {
      const iam = iamOf(aws);
      await iam.send(new CreateRoleCommand({ RoleName: "role", AssumeRolePolicyDocument: trustOf(200) }));
      await iam.send(new CreatePolicyCommand({ PolicyName: "policy", PolicyDocument: policyOf(200) }));
      await iam.send(new PutRolePolicyCommand({ ...inline("first"), PolicyDocument: policyOf(5_000) }));
      for (let number = 1; number <= 9; number++)
        await iam.send(new AttachRolePolicyCommand({ RoleName: "role", PolicyArn: arnOf(`p${number}`) }));
      await lambdaOf(aws).send(new CreateFunctionCommand(functionNamed("function")));
    }
  });
  afterAll(async () => {
    await corrected.stop();
    await asShipped.stop();
  });

  const iamOf = (aws: EmbeddedAws) => new IAMClient({ ...clientSettings(aws), maxAttempts: 1 });
  const lambdaOf = (aws: EmbeddedAws) => new LambdaClient(clientSettings(aws));
  const arnOf = (policy: string) => `arn:aws:iam::${ACCOUNT}:policy/${policy}`;
  const inline = (PolicyName: string) => ({ RoleName: "role", PolicyName });
  const functionNamed = (FunctionName: string) => ({
    FunctionName,
    Runtime: "nodejs22.x" as const,
    Role: `arn:aws:iam::${ACCOUNT}:role/role`,
    Handler: "index.handler",
    Code: { ZipFile: zipSync({ "index.js": strToU8("exports.handler = async () => {};") }) },
  });

  test.each<[string, number, string, (aws: EmbeddedAws, size: number) => Promise<unknown>]>([
    [
      "a managed policy",
      6_144,
      "PolicySize: 6144",
      (aws, size) =>
        iamOf(aws).send(
          new CreatePolicyCommand({ PolicyName: `made${size}`, PolicyDocument: policyOf(size) }),
        ),
    ],
    [
      "a new version of a managed policy",
      6_144,
      "PolicySize: 6144",
      (aws, size) =>
        iamOf(aws).send(
          new CreatePolicyVersionCommand({ PolicyArn: arnOf("policy"), PolicyDocument: policyOf(size) }),
        ),
    ],
    [
      "the inline policies of a role",
      10_240,
      "10240 bytes exceeded for role role",
      (aws, size) =>
        iamOf(aws).send(
          new PutRolePolicyCommand({ ...inline("second"), PolicyDocument: policyOf(size - 5_000) }),
        ),
    ],
    [
      "a role's first trust policy",
      2_048,
      "ACLSizePerRole: 2048",
      (aws, size) =>
        iamOf(aws).send(
          new CreateRoleCommand({ RoleName: `r${size}`, AssumeRolePolicyDocument: trustOf(size) }),
        ),
    ],
    [
      "a role's later trust policy",
      2_048,
      "ACLSizePerRole: 2048",
      (aws, size) =>
        iamOf(aws).send(
          new UpdateAssumeRolePolicyCommand({ RoleName: "role", PolicyDocument: trustOf(size) }),
        ),
    ],
    [
      "the managed policies of a role",
      10,
      "PoliciesPerRole: 10",
      (aws, size) =>
        iamOf(aws).send(new AttachRolePolicyCommand({ RoleName: "role", PolicyArn: arnOf(`p${size}`) })),
    ],
    [
      "a role's name",
      64,
      "64",
      (aws, size) =>
        iamOf(aws).send(
          new CreateRoleCommand({ RoleName: "n".repeat(size), AssumeRolePolicyDocument: trustOf(200) }),
        ),
    ],
    [
      "a function's name",
      64,
      "64",
      (aws, size) => lambdaOf(aws).send(new CreateFunctionCommand(functionNamed("n".repeat(size)))),
    ],
    [
      "a function's environment variables",
      4_096,
      "4KB",
      (aws, size) =>
        lambdaOf(aws).send(
          new UpdateFunctionConfigurationCommand({
            FunctionName: "function",
            Environment: { Variables: { NAME: "v".repeat(size - 4) } },
          }),
        ),
    ],
  ])("%s: %d is taken, more is refused; ministack takes it", async (_, maximum, message, request) => {
    await request(corrected, maximum);
    await expect(request(corrected, maximum + 1)).rejects.toThrow(message);
    await request(asShipped, maximum + 1);
  });
});
