import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTableCommand, DynamoDBClient, ListTagsOfResourceCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { CreateVpcCommand, EC2Client, ModifyVpcAttributeCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { query } from "../support/query-protocol.ts";
import { createFunction } from "./small-function.ts";

const tag = { Key: "environment", Value: "dev" };
const table = `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/tagged`;
const vpc = `arn:aws:ec2:ca-central-1:${ACCOUNT}:vpc/*`;

const statements = [
  { Effect: "Allow", Action: "dynamodb:ListTagsOfResource", Resource: table },
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
];

describeWith(["python"], "permission checks of requests", () => {
  let corrected: EmbeddedAws;
  let asShipped: EmbeddedAws;
  let clients: Awaited<ReturnType<typeof user>>;

  beforeAll(async () => {
    corrected = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: ["resources-by-name", "condition-keys"] });
    clients = await user(corrected);
  });
  afterAll(async () => {
    await corrected.stop();
    await asShipped.stop();
  });

  /** Creates a user with the permissions of the statements. */
  async function user(aws: EmbeddedAws) {
    const iam = (Action: string, parameters = {}) =>
      query(aws, ACCOUNT, "iam", { Action, Version: "2010-05-08", UserName: "one", ...parameters });
    await iam("CreateUser");
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
    await iam("PutUserPolicy", { PolicyName: "one", PolicyDocument });
    const key = await iam("CreateAccessKey");
    const credentials = {
      accessKeyId: /<AccessKeyId>(.*?)</.exec(key)?.[1] ?? "",
      secretAccessKey: /<SecretAccessKey>(.*?)</.exec(key)?.[1] ?? "",
    };
    const settings = { ...clientSettings(aws), credentials };
    const root = new DynamoDBClient(clientSettings(aws));
    await root.send(
      new CreateTableCommand({
        TableName: "tagged",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
    return {
      dynamodb: new DynamoDBClient(settings),
      ec2: new EC2Client(settings),
      lambda: new LambdaClient(settings),
      s3: new S3Client({ ...settings, forcePathStyle: true }),
    };
  }

  const makeVpc = (Value: string) =>
    new CreateVpcCommand({
      CidrBlock: "10.0.0.0/16",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ ...tag, Value }] }],
    });

  describe("with the correction", () => {
    test("the table is identified by the ARN in the request's body", async () => {
      const { dynamodb } = clients;
      await expect(
        dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: table })),
      ).resolves.toBeDefined();
      const other = table.replace("tagged", "other");
      await expect(dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: other }))).rejects.toThrow(
        "not authorized to perform: dynamodb:ListTagsOfResource",
      );
    });

    test("creating a network is checked by its request tags, changing it by its resource tags", async () => {
      const { ec2 } = clients;
      await expect(ec2.send(makeVpc("prod"))).rejects.toThrow("not authorized to perform: ec2:CreateVpc");
      const { Vpc } = await ec2.send(makeVpc("dev"));
      const change = (VpcId?: string) =>
        ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: true } }));
      await expect(change(Vpc?.VpcId)).resolves.toBeDefined();
      const { Vpc: others } = await new EC2Client(clientSettings(corrected)).send(makeVpc("prod"));
      await expect(change(others?.VpcId)).rejects.toThrow(
        "not authorized to perform: ec2:ModifyVpcAttribute",
      );
    });

    test("a bucket policy can require that a write doesn't overwrite an object", async () => {
      const root = new S3Client({ ...clientSettings(corrected), forcePathStyle: true });
      await root.send(new CreateBucketCommand({ Bucket: "once" }));
      const deny = {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:PutObject",
        Resource: "arn:aws:s3:::once/*",
        Condition: { Null: { "s3:if-none-match": "true" } },
      };
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [deny] });
      await root.send(new PutBucketPolicyCommand({ Bucket: "once", Policy }));
      const put = (condition: { IfNoneMatch?: string }) =>
        clients.s3.send(new PutObjectCommand({ Bucket: "once", Key: "a", Body: "x", ...condition }));
      await expect(put({})).rejects.toThrow("explicit deny");
      await expect(put({ IfNoneMatch: "*" })).resolves.toBeDefined();
      await expect(put({ IfNoneMatch: "*" })).rejects.toThrow("pre-conditions");
    });
  });

  test.each([
    ["ours", true],
    ["theirs", false],
  ])("permission to change a mapping depends on its function: %s", async (name, mayChange) => {
    const root = new LambdaClient(clientSettings(corrected));
    await createFunction(corrected, name, "exports.handler = async () => {};", ["sqs:*"]);
    const { QueueUrl } = await new SQSClient(clientSettings(corrected)).send(
      new CreateQueueCommand({ QueueName: name }),
    );
    expect(QueueUrl).toBeDefined();
    const { UUID } = await root.send(
      new CreateEventSourceMappingCommand({
        FunctionName: name,
        EventSourceArn: `arn:aws:sqs:ca-central-1:${ACCOUNT}:${name}`,
        Enabled: false,
      }),
    );
    const { lambda } = clients;
    const update = lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 5 }));
    const outcome = await update.then(
      () => true,
      (error: unknown) => String(error),
    );
    expect(outcome).toEqual(mayChange || expect.stringContaining("not authorized"));
    const gone = await lambda.send(new DeleteEventSourceMappingCommand({ UUID })).then(
      () => true,
      (error: unknown) => String(error),
    );
    expect(gone).toEqual(mayChange || expect.stringContaining("not authorized"));
  });

  test("is needed: ministack denies each of these requests", async () => {
    const { dynamodb, ec2 } = await user(asShipped);
    await expect(dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: table }))).rejects.toThrow(
      "not authorized",
    );
    await expect(ec2.send(makeVpc("dev"))).rejects.toThrow("not authorized");
  });
});
