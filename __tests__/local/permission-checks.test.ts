import { readFileSync } from "node:fs";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DynamoDBClient, ListBackupsCommand, ListTagsOfResourceCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateDatabaseCommand, GetDatabaseCommand, GetTableCommand, GlueClient } from "@aws-sdk/client-glue";
import { CreateVpcCommand, EC2Client, ModifyVpcAttributeCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { strToU8, zipSync } from "fflate";
import { allow, denyEveryone, policyDocument } from "../../constructs/policy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { accessPatterns } from "../../messaging/access-patterns.ts";
import { messageItem } from "../../messaging/items.ts";
import { createFunction, streamReads } from "../support/create-function.ts";
import { deployedNames, deployFunction } from "../support/deployed-function.ts";
import { createFunctionRole, createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { putPair, rowsOf } from "../support/rows.ts";
import { until } from "../support/until.ts";

const tag = { Key: "environment", Value: "dev" };
const table = `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/tagged`;
const vpc = `arn:aws:ec2:ca-central-1:${ACCOUNT}:vpc/*`;

const statements = [
  { Effect: "Allow", Action: ["dynamodb:ListTagsOfResource", "dynamodb:ListBackups"], Resource: table },
  {
    Effect: "Allow",
    Action: "ec2:CreateVpc",
    Resource: vpc,
    Condition: { StringEquals: { "aws:RequestTag/environment": "dev" } },
  },
  {
    Effect: "Allow",
    Action: "ec2:ModifyVpcAttribute",
    Resource: vpc,
    Condition: { StringEquals: { "aws:ResourceTag/environment": "dev" } },
  },
  {
    Effect: "Allow",
    Action: ["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"],
    Resource: "*",
    Condition: {
      ArnEquals: { "lambda:FunctionArn": `arn:aws:lambda:ca-central-1:${ACCOUNT}:function:ours` },
    },
  },
  { Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::once/*" },
  {
    Effect: "Allow",
    Action: ["glue:CreateDatabase", "glue:GetDatabase", "glue:GetTable"],
    Resource: ["database/ours", "table/ours/*"].map((one) => `arn:aws:glue:ca-central-1:${ACCOUNT}:${one}`),
  },
  { Effect: "Allow", Action: ["lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"], Resource: "*" },
  {
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: `arn:aws:iam::${ACCOUNT}:role/passed`,
    Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
  },
];

describeWith(["python"], "permission checks of requests", () => {
  let corrected: EmbeddedAws;
  let asShipped: EmbeddedAws;
  let clients: Awaited<ReturnType<typeof clientsOf>>;
  let streamArn: string;

  beforeAll(async () => {
    corrected = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: ["resources-by-name", "condition-keys", "pass-role"] });
    clients = await clientsOf(corrected);
    ({ streamArn } = await createMessagesTable(corrected, "tagged"));
    await createMessagesTable(asShipped, "tagged");
  });
  afterAll(async () => {
    await corrected.stop();
    await asShipped.stop();
  });

  /** Creates a user with the permissions of the statements. */
  async function clientsOf(aws: EmbeddedAws) {
    const settings = { ...clientSettings(aws), credentials: await createUser(aws, "one", ...statements) };
    return {
      dynamodb: new DynamoDBClient(settings),
      ec2: new EC2Client(settings),
      glue: new GlueClient(settings),
      lambda: new LambdaClient(settings),
      s3: new S3Client({ ...settings, forcePathStyle: true }),
    };
  }

  const makeVpc = (Value: string) =>
    new CreateVpcCommand({
      CidrBlock: "10.0.0.0/16",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ ...tag, Value }] }],
    });

  test("the table is identified by the ARN in the request's body", async () => {
    const { dynamodb } = clients;
    const listTags = (ResourceArn: string) => dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn }));
    await expect(listTags(table)).resolves.toBeDefined();
    await expect(listTags(table.replace("tagged", "other"))).rejects.toThrow(
      "not authorized to perform: dynamodb:ListTagsOfResource",
    );
  });

  test("a database and a table of the catalogue are identified by their names", async () => {
    const { glue } = clients;
    await expect(
      glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "ours" } })),
    ).resolves.toBeDefined();
    await expect(glue.send(new GetDatabaseCommand({ Name: "ours" }))).resolves.toBeDefined();
    await expect(glue.send(new GetDatabaseCommand({ Name: "theirs" }))).rejects.toThrow(
      "not authorized to perform: glue:GetDatabase",
    );
    const tableOf = (DatabaseName: string) =>
      glue.send(new GetTableCommand({ DatabaseName, Name: "messages" }));
    await expect(tableOf("ours")).rejects.toMatchObject({ name: "EntityNotFoundException" });
    await expect(tableOf("theirs")).rejects.toThrow("not authorized to perform: glue:GetTable");
  });

  test("a policy can't allow the list of one table's backups", async () => {
    const list = new ListBackupsCommand({ TableName: "tagged" });
    const refusal = "not authorized to perform: dynamodb:ListBackups";
    await expect(clients.dynamodb.send(list)).rejects.toThrow(refusal);
    const credentials = await createUser(corrected, "lists-all", {
      Effect: "Allow",
      Action: "dynamodb:ListBackups",
      Resource: "*",
    });
    const allowed = new DynamoDBClient({ ...clientSettings(corrected), credentials });
    await expect(allowed.send(list)).resolves.toBeDefined();
  });

  test("creating a network is checked by its request tags, changing it by its resource tags", async () => {
    const { ec2 } = clients;
    await expect(ec2.send(makeVpc("prod"))).rejects.toThrow("not authorized to perform: ec2:CreateVpc");
    const { Vpc } = await ec2.send(makeVpc("dev"));
    const change = (VpcId?: string) =>
      ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: true } }));
    await expect(change(Vpc?.VpcId)).resolves.toBeDefined();
    const { Vpc: others } = await new EC2Client(clientSettings(corrected)).send(makeVpc("prod"));
    await expect(change(others?.VpcId)).rejects.toThrow("not authorized to perform: ec2:ModifyVpcAttribute");
  });

  test("a bucket policy can require that a write doesn't overwrite an object", async () => {
    const root = new S3Client({ ...clientSettings(corrected), forcePathStyle: true });
    await root.send(new CreateBucketCommand({ Bucket: "once" }));
    const unconditional = { Null: { "s3:if-none-match": "true" } };
    const Policy = policyDocument(
      denyEveryone("WriteOnce", "s3:PutObject", "arn:aws:s3:::once/*", unconditional),
    );
    await root.send(new PutBucketPolicyCommand({ Bucket: "once", Policy }));
    const put = (condition: { IfNoneMatch?: string }) =>
      clients.s3.send(new PutObjectCommand({ Bucket: "once", Key: "a", Body: "x", ...condition }));
    await expect(put({})).rejects.toThrow("explicit deny");
    await expect(put({ IfNoneMatch: "*" })).resolves.toBeDefined();
    await expect(put({ IfNoneMatch: "*" })).rejects.toThrow("pre-conditions");
  });

  test.each([
    ["ours", true],
    ["theirs", false],
  ])("permission to change a mapping depends on its function: %s", async (name, mayChange) => {
    const source = "exports.handler = async () => {};";
    const { connect } = await createFunction(corrected, name, source, { allowed: streamReads });
    const { UUID } = await connect(streamArn, { Enabled: false });
    for (const command of [
      new UpdateEventSourceMappingCommand({ UUID, BatchSize: 5 }),
      new DeleteEventSourceMappingCommand({ UUID }),
    ]) {
      const outcome = await clients.lambda.send(command).then(
        () => true,
        (error: unknown) => String(error),
      );
      expect(outcome).toEqual(mayChange || expect.stringContaining("not authorized"));
    }
  });

  const passing = (role: string) => {
    const code = { ZipFile: zipSync({ "index.js": strToU8("exports.handler = async () => {};") }) };
    const Role = `arn:aws:iam::${ACCOUNT}:role/${role}`;
    const settings = { Runtime: "nodejs22.x", Handler: "index.handler", Code: code } as const;
    return new CreateFunctionCommand({ FunctionName: `with-${role}`, Role, ...settings });
  };

  test("who gives a function a role must be allowed to pass that role", async () => {
    const { lambda } = clients;
    for (const role of ["passed", "other"]) await createFunctionRole(corrected, ACCOUNT, role, []);
    const refusal = `not authorized to perform: iam:PassRole on resource: arn:aws:iam::${ACCOUNT}:role/other`;
    await expect(lambda.send(passing("other"))).rejects.toThrow(refusal);
    await expect(lambda.send(passing("passed"))).resolves.toBeDefined();
    const change = { FunctionName: "with-passed", Role: `arn:aws:iam::${ACCOUNT}:role/other` };
    await expect(lambda.send(new UpdateFunctionConfigurationCommand(change))).rejects.toThrow(refusal);
  });

  test("the calls of a function's code are told from Lambda's, also once a batch was given up", async () => {
    const { streamFunction: RoleName } = deployedNames;
    const fromItsCode = {
      ArnEquals: {
        "lambda:SourceFunctionArn": `arn:aws:lambda:ca-central-1:${ACCOUNT}:function:${RoleName}`,
      },
    };
    const moves = accessPatterns.moveConversation.flatMap(({ actions }) => actions);
    const iam = new IAMClient(clientSettings(corrected));
    const permitDeadLetters = (condition?: typeof fromItsCode) => {
      const PolicyDocument = policyDocument(
        allow("ReadStream", streamReads, "*"),
        allow("MoveConversations", moves, "*", fromItsCode),
        allow("SendDeadLetters", ["sqs:SendMessage"], "*", condition),
      );
      return iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "allowed", PolicyDocument }));
    };
    const time = (second: number) => `2026-03-01T10:00:0${second}.000000Z`;
    const send = (conversationUuid: string, createdAt: string) => {
      const { client, tableName: TableName } = store.table;
      const sender = { uuid: "a", displayName: "A", handle: "a" };
      const Item = messageItem({ uuid: "m", conversationUuid, createdAt, text: createdAt, sender });
      return client.send(new PutCommand({ TableName, Item }));
    };

    const { store, connect, deadLetters } = await deployFunction(corrected);
    await putPair(store, "with-rows", ["a", "b"], time(0));
    await permitDeadLetters();
    await connect({ MaximumRetryAttempts: 0 });
    await send("without-rows", time(1));
    await until(async () => (await deadLetters()) === 1);
    await send("with-rows", time(1));
    await until(async () => (await rowsOf(store, "a", "with-rows")).join() === `${time(1)} ${time(1)}`);

    await permitDeadLetters(fromItsCode);
    await send("without-rows", time(2));
    const denied = /on-failure destination .*AccessDenied.*sqs:SendMessage/i;
    await until(() => denied.test(readFileSync(corrected.logFile, "utf8")));
    expect(await deadLetters()).toBe(1);
  });

  test("is needed: ministack denies what has to be allowed, and allows what has to be denied", async () => {
    const { dynamodb, ec2, lambda } = await clientsOf(asShipped);
    await expect(dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: table }))).rejects.toThrow(
      "not authorized",
    );
    await expect(dynamodb.send(new ListBackupsCommand({ TableName: "tagged" }))).resolves.toBeDefined();
    await expect(ec2.send(makeVpc("dev"))).rejects.toThrow("not authorized");
    await createFunctionRole(asShipped, ACCOUNT, "other", []);
    await expect(lambda.send(passing("other"))).resolves.toBeDefined();
  });
});
