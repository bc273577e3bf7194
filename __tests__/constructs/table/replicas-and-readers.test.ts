import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { environmentSchema, type EnvironmentLiteral } from "../../../config/environment.ts";
import { namesOf } from "../../../config/names.ts";
import { policyDocument } from "../../../constructs/policy.ts";
import { bootstrapEnvironment, deployEnvironment, type Deployment } from "../../../local/deploy.ts";
import { clientSettings as settingsIn, type EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { messageItem } from "../../../messaging/items.ts";
import { smoke } from "../../../release/smoke/smoke-test.ts";
import { destroy, init, plan } from "../../../terraform/terraform.ts";
import { stackFolder } from "../../../terraform/synthesize.ts";
import { synthesizeFor } from "../../support/deploy-environment.ts";
import { devLiteral } from "../../support/environments.ts";
import { createUser } from "../../support/identities.ts";
import { ACCOUNT as FOREIGN } from "../../support/messages-table.ts";
import { assumeRole, REPOSITORY, settingsOf } from "../../support/pipeline-account.ts";
import { describeWith } from "../../support/requirements.ts";
import { putPair, rowsOf } from "../../support/rows.ts";
import { until } from "../../support/until.ts";

const ACCOUNT = "111111111111";
const HOME = "ca-central-1";
const OTHER = "us-east-1";

/** Dev with a replica of the messages, and with readers of another account. */
const literal: EnvironmentLiteral = {
  ...devLiteral,
  account: ACCOUNT,
  pipeline: { repository: REPOSITORY },
  tables: {
    ...devLiteral.tables,
    messages: {
      ...devLiteral.tables.messages,
      billing: { mode: "on-demand" },
      replicas: { [OTHER]: { deletionProtection: true, pointInTimeRecovery: true } },
      readers: [`arn:aws:iam::${FOREIGN}:role/analytics`],
      streamReaders: [`arn:aws:iam::${FOREIGN}:role/search`],
      deletionOnlyByDeployRole: true,
    },
  },
};
const environment = environmentSchema.parse(literal);
const names = namesOf(environment);
const TableName = names.tables.messages;
const arnIn = (region: string) => `arn:aws:dynamodb:${region}:${ACCOUNT}:table/${TableName}`;

describeWith(
  ["terraform", "python"],
  "a table with a replica and with readers, deployed by the deploy role",
  () => {
    const output = mkdtempSync(join(tmpdir(), "replicas-test-"));
    let aws: EmbeddedAws;
    let deployment: Deployment;

    // The provider waits for three minutes after it has created a replica with deletion protection.
    beforeAll(async () => {
      aws = await startEmbeddedAws();
      synthesizeFor(aws, literal, output);
      const logFile = join(output, "terraform.log");
      const root = { environment: "dev", output, env: aws.environmentFor(ACCOUNT), logFile };
      await bootstrapEnvironment(root);
      deployment = { ...root, env: await assumeRole(aws, ACCOUNT, names.deployRole, "dev") };
      await deployEnvironment(deployment);
    }, 600_000);
    afterAll(async () => {
      await aws.stop();
      rmSync(output, { recursive: true });
    });

    const clientIn = (region: string) => new DynamoDBClient(settingsIn(aws, ACCOUNT, region));
    const storeIn = (region: string) => ({
      client: DynamoDBDocumentClient.from(clientIn(region)),
      tableName: TableName,
    });

    /** Settings of a client with the session of a new role that its own policies allow everything. */
    async function sessionOf(account: string, RoleName: string, region = HOME) {
      const user = await createUser(aws, `user-${RoleName}`, { Effect: "Allow", Action: "*", Resource: "*" });
      const iam = new IAMClient(settingsIn(aws, account));
      const AssumeRolePolicyDocument = policyDocument({
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${FOREIGN}:root` },
        Action: "sts:AssumeRole",
      });
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      const sts = new STSClient({ ...settingsIn(aws, FOREIGN), credentials: user });
      const RoleArn = `arn:aws:iam::${account}:role/${RoleName}`;
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }));
      return {
        ...settingsIn(aws, account, region),
        credentials: {
          accessKeyId: Credentials?.AccessKeyId ?? "",
          secretAccessKey: Credentials?.SecretAccessKey ?? "",
          sessionToken: Credentials?.SessionToken ?? "",
        },
      };
    }

    test("has nothing to change afterwards, as the plan role sees", async () => {
      const folder = stackFolder("messaging-dev", output);
      const run = { ...deployment, folder, env: await assumeRole(aws, ACCOUNT, names.planRole, "dev") };
      await init(run);
      expect(await plan(run, "again.tfplan", "-lock=false")).toBe(false);
    });

    test("has its own protection, recovery, key and tags in the other region", async () => {
      const client = clientIn(OTHER);
      const { Table = {} } = await client.send(new DescribeTableCommand({ TableName }));
      expect(Table).toMatchObject({
        DeletionProtectionEnabled: true,
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
        SSEDescription: {
          Status: "ENABLED",
          KMSMasterKeyArn: expect.stringMatching(`^arn:aws:kms:${OTHER}:${ACCOUNT}:key/`) as unknown,
        },
      });
      const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
      expect(backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription).toMatchObject({
        PointInTimeRecoveryStatus: "ENABLED",
      });
      const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: Table.TableArn }));
      expect(Tags).toContainEqual({ Key: "environment", Value: "dev" });
    });

    test("has in both regions what is written in either, and moves the inbox for each message", async () => {
      const time = (minute: number) => `2026-03-01T10:0${minute}:00.000000Z`;
      const send = (region: string, createdAt: string) => {
        const sender = { uuid: "a", displayName: "A", handle: "a" };
        const Item = messageItem({
          uuid: createdAt,
          conversationUuid: "c",
          createdAt,
          text: createdAt,
          sender,
        });
        return storeIn(region).client.send(new PutCommand({ TableName, Item }));
      };
      await putPair(storeIn(OTHER), "c", ["a", "b"], time(0));
      for (const [index, region] of [HOME, OTHER].entries()) {
        const createdAt = time(index + 1);
        await send(region, createdAt);
        for (const place of [HOME, OTHER])
          await until(
            async () => (await rowsOf(storeIn(place), "b", "c")).join() === `${createdAt} ${createdAt}`,
          );
      }
    });

    test("passes the smoke test", async () => {
      expect(await smoke(environment, settingsIn(aws, ACCOUNT))).toMatchObject({ passed: true });
    });

    test("is read by a role of another account, in both regions, which can't write; and by no other role", async () => {
      const Key = { pk: { S: "a" }, sk: { S: "b" } };
      const analytics = await sessionOf(FOREIGN, "analytics");
      for (const region of [HOME, OTHER]) {
        const client = new DynamoDBClient({ ...analytics, region });
        const here = { TableName: arnIn(region) };
        await clientIn(region).send(new PutItemCommand({ TableName, Item: { ...Key, text: { S: region } } }));
        expect(await client.send(new GetItemCommand({ ...here, Key }))).toMatchObject({
          Item: { text: { S: region } },
        });
        const query = {
          ...here,
          IndexName: "message-group-sk-index",
          KeyConditionExpression: "message_group_uuid = :c",
          ExpressionAttributeValues: { ":c": { S: "c" } },
        };
        expect((await client.send(new QueryCommand(query))).Count).toBe(2);
        await expect(client.send(new PutItemCommand({ ...here, Item: Key }))).rejects.toThrow(
          "not authorized",
        );
      }
      const stranger = new DynamoDBClient(await sessionOf(FOREIGN, "stranger"));
      await expect(stranger.send(new GetItemCommand({ TableName: arnIn(HOME), Key }))).rejects.toThrow(
        "not authorized",
      );
    });

    test("lets a role of another account read its stream, and no items", async () => {
      const { Table } = await clientIn(HOME).send(new DescribeTableCommand({ TableName }));
      const StreamArn = Table?.LatestStreamArn ?? "";
      const search = await sessionOf(FOREIGN, "search");
      const client = new DynamoDBStreamsClient(search);
      const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
      const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
      );
      expect((await client.send(new GetRecordsCommand({ ShardIterator }))).Records).not.toEqual([]);
      const Key = { pk: { S: "a" }, sk: { S: "b" } };
      await expect(
        new DynamoDBClient(search).send(new GetItemCommand({ TableName: arnIn(HOME), Key })),
      ).rejects.toThrow("not authorized");
      const stranger = new DynamoDBStreamsClient(await sessionOf(FOREIGN, "other-stranger"));
      await expect(stranger.send(new DescribeStreamCommand({ StreamArn }))).rejects.toThrow("not authorized");
    });

    test("is deleted by the deploy role alone, which an administrator isn't", async () => {
      const administrator = await sessionOf(ACCOUNT, "administrator");
      const deployer = settingsOf(aws, deployment.env);
      for (const region of [HOME, OTHER])
        await expect(
          new DynamoDBClient({ ...administrator, region }).send(new DeleteTableCommand({ TableName })),
        ).rejects.toThrow("explicit deny");
      const removal = new UpdateTableCommand({
        TableName,
        ReplicaUpdates: [{ Delete: { RegionName: OTHER } }],
      });
      await expect(new DynamoDBClient(administrator).send(removal)).rejects.toThrow("not authorized");
      // What keeps the deploy role from it is the replica's deletion protection.
      await expect(new DynamoDBClient(deployer).send(removal)).rejects.toThrow("protected against deletion");
    });

    test("is destroyed with its replica once the replica's protection is off", async () => {
      const env = aws.environmentFor(ACCOUNT);
      const run = { ...deployment, env, folder: stackFolder("messaging-dev", output) };
      await expect(destroy(run)).rejects.toThrow("protected against deletion");
      const off = new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false });
      await clientIn(OTHER).send(off);
      await destroy(run);
      for (const region of [HOME, OTHER])
        await expect(clientIn(region).send(new DescribeTableCommand({ TableName }))).rejects.toThrow(
          "not found",
        );
    }, 300_000);
  },
);
