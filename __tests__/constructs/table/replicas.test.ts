import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EnvironmentLiteral } from "../../../config/environment.ts";
import { namesOf } from "../../../config/names.ts";
import { deployEnvironment, type Deployment } from "../../../local/deploy.ts";
import { clientSettings as settingsIn, type EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { destroy } from "../../../terraform/terraform.ts";
import { stackFolder } from "../../../terraform/synthesize.ts";
import { messageItem } from "../../../messaging/items.ts";
import { deployInto, synthesizeFor } from "../../support/deploy-environment.ts";
import { dev, devLiteral } from "../../support/environments.ts";
import { ACCOUNT } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";
import { putPair, rowsOf } from "../../support/rows.ts";
import { until } from "../../support/until.ts";

const HOME = "ca-central-1";
const OTHER = "us-east-1";
const TableName = namesOf(dev).tables.messages;

/** Dev with a replica of the messages. */
const withReplica = (protection: boolean): EnvironmentLiteral => ({
  ...devLiteral,
  tables: {
    ...devLiteral.tables,
    messages: {
      ...devLiteral.tables.messages,
      billing: { mode: "on-demand" },
      replicas: { [OTHER]: { deletionProtection: protection, pointInTimeRecovery: true } },
    },
  },
});

describeWith(["terraform", "python"], "a table with a replica", () => {
  const output = mkdtempSync(join(tmpdir(), "replicas-test-"));
  let aws: EmbeddedAws;
  let deployment: Deployment;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    // The provider waits for three minutes after it creates a replica with deletion protection.
    synthesizeFor(aws, withReplica(false), output);
    deployment = {
      environment: "dev",
      output,
      env: aws.environmentFor(ACCOUNT),
      logFile: join(output, "terraform.log"),
    };
    await deployInto(aws, ACCOUNT, "dev", output);
    synthesizeFor(aws, withReplica(true), output);
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

  test("has nothing to change after it is applied", async () => {
    expect(await deployEnvironment(deployment)).toBe(false);
  });

  test("has its own protection, recovery, key and tags", async () => {
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
      const { client } = storeIn(region);
      const sender = { uuid: "a", displayName: "A", handle: "a" };
      const Item = messageItem({
        uuid: createdAt,
        conversationUuid: "c",
        createdAt,
        text: createdAt,
        sender,
      });
      return client.send(new PutCommand({ TableName, Item }));
    };
    await putPair(storeIn(OTHER), "c", ["a", "b"], time(0));
    for (const [minute, region] of [HOME, OTHER].entries()) {
      await send(region, time(minute + 1));
      for (const place of [HOME, OTHER])
        await until(
          async () =>
            (await rowsOf(storeIn(place), "b", "c")).join() === `${time(minute + 1)} ${time(minute + 1)}`,
        );
    }
  });

  test("is destroyed with its replica once the protection is off", async () => {
    const run = { ...deployment, folder: stackFolder("messaging-dev", output) };
    await expect(destroy(run)).rejects.toThrow("protected against deletion");
    synthesizeFor(aws, withReplica(false), output);
    expect(await deployEnvironment(deployment)).toBe(true);
    await destroy(run);
    for (const region of [HOME, OTHER])
      await expect(clientIn(region).send(new DescribeTableCommand({ TableName }))).rejects.toThrow(
        "not found",
      );
  }, 300_000);
});
