import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  NoSuchEntityException,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteTableCommand,
  DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { strToU8, zipSync } from "fflate";
import { namesOf } from "../../../config/names.ts";
import { policyDocument } from "../../../constructs/policy.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { prod, prodLiteral } from "../../support/environments.ts";
import { clientSettings, createMessagesTable } from "../../support/messages-table.ts";
import { pipelinePolicies } from "../../support/pipeline-policies.ts";
import { describeWith } from "../../support/requirements.ts";
import { type Statement, synthesizeBootstrap } from "../../support/synthesized.ts";

type Settings = ReturnType<typeof clientSettings>;

/** Today's roles, and the same without the boundary: the deploy role then has any permission that it gives to others. */
const accounts = { without: "222222222222", with: "111111111111" } as const;
type Boundary = keyof typeof accounts;

const names = namesOf(prod);
const RoleName = names.streamFunctionRole;
const stack = synthesizeBootstrap({ ...prodLiteral, pipeline: { repository: "owner/name" } });
const outsider = "999999999999";

const trusting = (Principal: object) =>
  policyDocument({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });
const trustLambda = trusting({ Service: "lambda.amazonaws.com" });
const trustOutsider = trusting({ AWS: `arn:aws:iam::${outsider}:root` });
const everything = policyDocument({ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" });
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
const KEYS =
  "Object.fromEntries(['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN'].map((name) => [name, process.env['AWS_' + name]]))";
const ZipFile = zipSync({ "index.js": strToU8(`exports.handler = async () => ${KEYS};`) });

/** A policy as it would be if the bootstrap made no boundary. */
function withoutBoundary(policy: string): string {
  const { Statement: statements } = JSON.parse(policy) as { Statement: Statement[] };
  const [bound, ...more] = statements.filter(({ Sid }) => Sid === "ChangeRoleWithinBoundary");
  if (!bound || more.length > 0) throw new Error("not one statement has the boundary as its condition");
  const { Sid, Effect, Action, Resource } = bound;
  const actions = [...[Action].flat(), "iam:UpdateAssumeRolePolicy"];
  const unbound = { Sid, Effect, Action: actions, Resource };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [...statements.filter((one) => one !== bound), unbound],
  });
}

const bucket = (boundary: Boundary) => `${names.stateBucket}-${boundary}`;
const boundaryArn = (boundary: Boundary) =>
  `arn:aws:iam::${accounts[boundary]}:policy/${names.permissionsBoundary}`;

describeWith(["python"], "somebody with the deploy role", () => {
  let aws: EmbeddedAws;
  const deployer = new Map<Boundary, Settings>();
  const root = (boundary: Boundary) => clientSettings(aws, accounts[boundary]);

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    await Promise.all((["without", "with"] as const).map(prepareAccount));
  });
  afterAll(() => aws.stop());

  /** What the bootstrap and a deployment make, as far as the climbs need it. */
  async function prepareAccount(boundary: Boundary): Promise<void> {
    const account = accounts[boundary];
    const iam = new IAMClient(root(boundary));
    const s3 = new S3Client({ ...root(boundary), forcePathStyle: true });
    const Bucket = bucket(boundary);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "bootstrap.tfstate", Body: "{}" }));
    for (const table of [names.tables.messages, "another", "to-delete"])
      await createMessagesTable(aws, table, account);
    await iam.send(
      new CreateRoleCommand({
        RoleName: names.deployRole,
        AssumeRolePolicyDocument: trusting({ AWS: `arn:aws:iam::${account}:root` }),
      }),
    );
    for (const { name, roles, text } of pipelinePolicies(stack, account)) {
      const isChanged = boundary === "without" && name.endsWith("function-changes");
      const PolicyDocument = isChanged ? withoutBoundary(text) : text;
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
      if (roles.includes("deploy"))
        await iam.send(new AttachRolePolicyCommand({ RoleName: names.deployRole, PolicyArn: Policy?.Arn }));
    }
    deployer.set(boundary, await assume(root(boundary), boundary, names.deployRole));
    await makeFunctionRole(boundary);
    await new LambdaClient(asDeployer(boundary)).send(
      new CreateFunctionCommand({
        FunctionName: names.streamFunction,
        Runtime: "nodejs22.x",
        Role: `arn:aws:iam::${account}:role/${RoleName}`,
        Handler: "index.handler",
        Code: { ZipFile },
      }),
    );
  }

  function asDeployer(boundary: Boundary): Settings {
    const settings = deployer.get(boundary);
    if (!settings) throw new Error("not prepared");
    return settings;
  }

  async function assume(settings: Settings, boundary: Boundary, role: string): Promise<Settings> {
    const RoleArn = `arn:aws:iam::${accounts[boundary]}:role/${role}`;
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: "somebody" });
    const { Credentials: keys } = await new STSClient(settings).send(command);
    return withKeys(keys?.AccessKeyId, keys?.SecretAccessKey, keys?.SessionToken);
  }

  const withKeys = (accessKeyId = "", secretAccessKey = "", sessionToken = "") => ({
    ...root("with"),
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  });

  /** Makes the function's role as a deployment does. */
  async function makeFunctionRole(boundary: Boundary): Promise<void> {
    await removeFunctionRole(new IAMClient(root(boundary)));
    const PermissionsBoundary = boundary === "with" ? boundaryArn(boundary) : undefined;
    const role = { RoleName, AssumeRolePolicyDocument: trustLambda, PermissionsBoundary };
    await new IAMClient(asDeployer(boundary)).send(new CreateRoleCommand(role));
  }

  async function removeFunctionRole(iam: IAMClient): Promise<void> {
    const gone = (error: unknown) => {
      expect(error).toBeInstanceOf(NoSuchEntityException);
    };
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "all" })).catch(gone);
    await iam.send(new DeleteRoleCommand({ RoleName })).catch(gone);
  }

  /** What somebody does with the deploy role of an account. */
  const climber = (boundary: Boundary) => {
    const iam = new IAMClient(asDeployer(boundary));
    return {
      boundary,
      iam,
      /** Gives the function's role every permission. @returns the credentials that the function's code has. */
      async asFunction(): Promise<Settings> {
        const policy = { PolicyName: "all", PolicyDocument: everything };
        await iam.send(new PutRolePolicyCommand({ RoleName, ...policy }));
        const lambda = new LambdaClient(root(boundary));
        const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: names.streamFunction }));
        const keys = JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, string>;
        return withKeys(keys["ACCESS_KEY_ID"], keys["SECRET_ACCESS_KEY"], keys["SESSION_TOKEN"]);
      },
      /** Makes the function's role again, open to another account. */
      async remakeRole(PermissionsBoundary?: string): Promise<void> {
        await removeFunctionRole(iam);
        const trust = { AssumeRolePolicyDocument: trustOutsider };
        await iam.send(new CreateRoleCommand({ RoleName, ...trust, PermissionsBoundary }));
      },
    };
  };
  type Climber = ReturnType<typeof climber>;

  const query: QueryCommandInput = {
    TableName: names.tables.messages,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: "MSG#1" } },
  };

  /** What it is, what is refused with the boundary, and how it is done. */
  const climbs: readonly [string, string, (climber: Climber) => Promise<unknown>][] = [
    [
      "lets the function's role make a user",
      "iam:CreateUser",
      async (climber) =>
        new IAMClient(await climber.asFunction()).send(new CreateUserCommand({ UserName: "intruder" })),
    ],
    [
      "lets the function's role make the deploy role an administrator",
      "iam:AttachRolePolicy",
      async (climber) =>
        new IAMClient(await climber.asFunction()).send(
          new AttachRolePolicyCommand({ RoleName: names.deployRole, PolicyArn: ADMINISTRATOR }),
        ),
    ],
    [
      "lets the function's role open the deploy role to another account",
      "iam:UpdateAssumeRolePolicy",
      async (climber) =>
        new IAMClient(await climber.asFunction()).send(
          new UpdateAssumeRolePolicyCommand({ RoleName: names.deployRole, PolicyDocument: trustOutsider }),
        ),
    ],
    [
      "lets the function's role change the policy that is the boundary",
      "iam:CreatePolicyVersion",
      async (climber) =>
        new IAMClient(await climber.asFunction()).send(
          new CreatePolicyVersionCommand({
            PolicyArn: boundaryArn(climber.boundary),
            PolicyDocument: everything,
            SetAsDefault: true,
          }),
        ),
    ],
    [
      "lets the function's role delete a table of prod",
      "dynamodb:DeleteTable",
      async (climber) =>
        new DynamoDBClient(await climber.asFunction()).send(
          new DeleteTableCommand({ TableName: "to-delete" }),
        ),
    ],
    [
      "lets the function's role read a table of somebody else",
      "dynamodb:Query",
      async (climber) =>
        new DynamoDBClient(await climber.asFunction()).send(
          new QueryCommand({ ...query, TableName: "another" }),
        ),
    ],
    [
      "lets the function's role read the state of the bootstrap",
      "s3:GetObject",
      async (climber) => {
        const s3 = new S3Client({ ...(await climber.asFunction()), forcePathStyle: true });
        const object = { Bucket: bucket(climber.boundary), Key: "bootstrap.tfstate" };
        return s3.send(new GetObjectCommand(object));
      },
    ],
    [
      "opens the function's role to another account, to read messages there",
      "iam:UpdateAssumeRolePolicy",
      async ({ iam, boundary }) => {
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trustOutsider }));
        return assume(clientSettings(aws, outsider), boundary, RoleName);
      },
    ],
    [
      "makes the function's role again without a boundary, open to another account",
      "iam:CreateRole",
      (climber) => climber.remakeRole(),
    ],
    [
      "makes the function's role again with another boundary, open to another account",
      "iam:CreateRole",
      (climber) => climber.remakeRole(ADMINISTRATOR),
    ],
    [
      "makes the function's role again with the boundary, to read messages in another account",
      "dynamodb:Query",
      async (climber) => {
        const { iam, boundary } = climber;
        await climber.remakeRole(boundary === "with" ? boundaryArn(boundary) : undefined);
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument: everything }));
        const settings = await assume(clientSettings(aws, outsider), boundary, RoleName);
        return new DynamoDBClient(settings).send(new QueryCommand(query));
      },
    ],
  ];

  beforeEach(() => Promise.all((["without", "with"] as const).map(makeFunctionRole)));

  test.each(climbs)("%s, if there is no boundary; with it, %s is refused", async (_, action, climb) => {
    await climb(climber("without"));
    await expect(climb(climber("with"))).rejects.toThrow(`not authorized to perform: ${action}`);
  });
});
