import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ApplicationAutoScalingClient,
  paginateDescribeScalableTargets,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
} from "@aws-sdk/client-dynamodb";
import { BackupClient } from "@aws-sdk/client-backup";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CheckedAccess } from "../../account/checked-access.ts";
import { accessTo } from "../../account/access.ts";
import { environmentSchema, type EnvironmentLiteral } from "../../config/environment.ts";
import { drillEnvironment, namesOf, restoredTable, stackNames } from "../../config/names.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { newMessage, sendMessage, startConversation } from "../../messaging/conversations.ts";
import { checkTable } from "../../release/smoke/check-table.ts";
import { compareWithLive } from "../../restore/compare-with-live.ts";
import { lastDrill } from "../../restore/drill/drill-evidence.ts";
import { drill } from "../../restore/drill/run-drill.ts";
import { findRestorePoint } from "../../restore/restore-point.ts";
import { removeRestored } from "../../restore/remove-restored.ts";
import { restoreBeside } from "../../restore/restore-beside.ts";
import { type RestoredFrom, restoredFrom } from "../../restore/restored-from.ts";
import { completeSettings } from "../../restore/settings/complete-settings.ts";
import { stackCode } from "../../terraform/synthesize.ts";
import { backUp } from "../support/backups.ts";
import { deployInto, synthesizeFor } from "../support/deploy-environment.ts";
import { everythingLiteral } from "../support/everything.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { assumeRole, REPOSITORY } from "../support/pipeline-account.ts";
import { person } from "../support/person.ts";
import { describeWith } from "../support/requirements.ts";

const { tables } = everythingLiteral;
const literal: EnvironmentLiteral = {
  ...everythingLiteral,
  account: ACCOUNT,
  pipeline: { repository: REPOSITORY },
  restore: { takenBy: [`arn:aws:iam::${ACCOUNT}:root`] },
  tables: {
    messages: { ...tables.messages, pointInTimeRecoveryDays: 35, deletionProtection: true },
    users: { ...tables.users, pointInTimeRecoveryDays: 7 },
  },
};
const environment = environmentSchema.parse(literal);
const names = namesOf(environment);
const [ann, ben] = [person("ann"), person("ben")];

describeWith(["terraform", "python"], "a table with everything on, restored by who may restore", () => {
  const output = mkdtempSync(join(tmpdir(), "restore-test-"));
  const messages = names.tables.messages;
  let aws: EmbeddedAws;
  let live: DynamoDBDocumentClient;
  let copy: string;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    synthesizeFor(aws, literal, output);
    await deployInto(aws, ACCOUNT, "dev", output);
    live = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(aws)));
  }, 900_000);
  afterAll(async () => {
    await aws.stop();
    rmSync(output, { recursive: true });
  });

  /** Access as a role, by its credentials. */
  function accessWith(credentials: Readonly<Record<string, string | undefined>>): CheckedAccess {
    const { env, client } = accessTo(environment, { ...credentials, AWS_ENDPOINT_URL: aws.endpoint });
    return { env, client, account: ACCOUNT };
  }
  async function takeRestoreRole(): Promise<CheckedAccess> {
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${names.restoreRole}`;
    const take = new AssumeRoleCommand({ RoleArn, RoleSessionName: "somebody" });
    const { Credentials: keys } = await new STSClient(clientSettings(aws)).send(take);
    return accessWith({
      AWS_ACCESS_KEY_ID: keys?.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: keys?.SecretAccessKey,
      AWS_SESSION_TOKEN: keys?.SessionToken,
    });
  }
  const complete = (from: RestoredFrom) => (name: string) =>
    completeSettings({ from, name, code: stackCode(stackNames("dev").messaging, output), onProgress });
  const progress: string[] = [];
  const onProgress = (message: string) => {
    progress.push(message);
  };
  const alarmsOf = async (table: string) => {
    const found: MetricAlarm[] = [];
    const client = new CloudWatchClient(clientSettings(aws));
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, {}))
      found.push(
        ...MetricAlarms.filter(({ Dimensions = [] }) => Dimensions.some(({ Value }) => Value === table)),
      );
    return found
      .filter(({ AlarmName = "" }) => !AlarmName.startsWith("TargetTracking"))
      .map(({ AlarmName = "", MetricName, Threshold, AlarmActions }) => ({
        AlarmName: AlarmName.replace(/-restored-.*/, ""),
        MetricName,
        Threshold,
        AlarmActions,
      }))
      .sort((a, b) => (a.AlarmName < b.AlarmName ? -1 : 1));
  };
  const scalingOf = async (table: string) => {
    const found: string[] = [];
    const client = new ApplicationAutoScalingClient(clientSettings(aws));
    for await (const { ScalableTargets = [] } of paginateDescribeScalableTargets(
      { client },
      { ServiceNamespace: "dynamodb" },
    ))
      for (const { ResourceId = "", ScalableDimension, MinCapacity, MaxCapacity } of ScalableTargets)
        if (ResourceId.split("/")[1] === table)
          found.push(
            `${ResourceId.replace(table, "")} ${ScalableDimension ?? ""} ${MinCapacity ?? ""} ${MaxCapacity ?? ""}`,
          );
    return found.sort();
  };
  const describeTable = async (TableName: string) =>
    (await live.send(new DescribeTableCommand({ TableName }))).Table ?? {};

  test("has all that its settings say, as the live one, and what was lost", async () => {
    const table = { client: live, tableName: messages };
    const { createdAt } = await startConversation(table, [ann, ben], newMessage("pair", ann, "first"));
    const second = await sendMessage(table, newMessage("pair", ben, "second"));
    await sleep(2_000);
    const to = new Date().toISOString();
    await sleep(1_000);
    await live.send(new DeleteCommand({ TableName: messages, Key: { pk: "MSG#pair", sk: createdAt } }));
    await live.send(
      new UpdateCommand({
        TableName: messages,
        Key: { pk: "MSG#pair", sk: second.createdAt },
        UpdateExpression: "SET message = :text",
        ExpressionAttributeValues: { ":text": "overwritten" },
      }),
    );

    const from = restoredFrom(environment, "messages", await takeRestoreRole());
    const point = await findRestorePoint(from, to);
    copy = restoredTable(from.own, point.time);
    await restoreBeside({ from, point, name: copy, onProgress });
    await complete(from)(copy);

    expect(await checkTable(from.client, environment, "messages", copy)).toMatchObject({ faults: [] });
    const [one, other] = [await describeTable(messages), await describeTable(copy)];
    expect(other.TableClassSummary?.TableClass).toBe(one.TableClassSummary?.TableClass);
    expect(other.SSEDescription).toEqual(one.SSEDescription);
    const ttl = await live.send(new DescribeTimeToLiveCommand({ TableName: copy }));
    expect(ttl.TimeToLiveDescription).toMatchObject({
      AttributeName: "expires",
      TimeToLiveStatus: "ENABLED",
    });
    const tags = await live.send(new ListTagsOfResourceCommand({ ResourceArn: other.TableArn }));
    expect(tags.Tags).toContainEqual({ Key: "environment", Value: "dev" });
    expect(await alarmsOf(copy)).toEqual(await alarmsOf(messages));
    expect((await alarmsOf(copy)).length).toBeGreaterThan(5);
    expect(await scalingOf(copy)).toEqual(await scalingOf(messages));
    expect(await scalingOf(copy)).toHaveLength(4);

    const compared = await compareWithLive(from, copy, { rate: 1_000, onProgress });
    expect(compared.onlyRestored).toEqual([{ partition: "MSG#pair", sort: createdAt, moved: false }]);
    expect(compared.different).toContainEqual({ partition: "MSG#pair", sort: second.createdAt });
  }, 600_000);

  test("is there already when it is restored once more, and gets its settings once more", async () => {
    const from = restoredFrom(environment, "messages", await takeRestoreRole());
    const time = new Date(copy.replace(/.*(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
    await restoreBeside({ from, point: { kind: "time", time }, name: copy, onProgress });
    expect(progress.at(-1)).toBe(`${copy} is there already, from this restore`);
    await complete(from)(copy);
    expect(await scalingOf(copy)).toHaveLength(4);
  }, 600_000);

  test("may be filled back into the live table, which can be neither changed nor emptied", async () => {
    const { client } = await takeRestoreRole();
    const restorer = DynamoDBDocumentClient.from(new DynamoDBClient(client));
    const Item = { pk: "MSG#pair", sk: "2026-01-01T00:00:00.000Z", message: "found again" };
    const Key = { pk: Item.pk, sk: Item.sk };
    await restorer.send(new PutCommand({ TableName: messages, Item }));
    const remove = new DeleteCommand({ TableName: messages, Key });
    await expect(restorer.send(remove)).rejects.toThrow("not authorized");
    const change = new UpdateCommand({ TableName: messages, Key, UpdateExpression: "REMOVE message" });
    await expect(restorer.send(change)).rejects.toThrow("not authorized");
    await live.send(remove);
  });

  test("is removed with its alarms and its scaling, though it is protected", async () => {
    const from = restoredFrom(environment, "messages", await takeRestoreRole());
    await expect(removeRestored(from, messages)).rejects.toThrow("must be a restored copy");
    await removeRestored(from, copy);
    await expect(describeTable(copy)).rejects.toThrow("not found");
    expect(await alarmsOf(copy)).toEqual([]);
    expect(await scalingOf(copy)).toEqual([]);
    expect(await scalingOf(messages)).toHaveLength(4);
  }, 120_000);

  test("is restored by AWS Backup, too, under the role that backs it up", async () => {
    const ResourceArn = (await describeTable(messages)).TableArn ?? "";
    const { RecoveryPointArn = "" } = await backUp(new BackupClient(clientSettings(aws)), {
      BackupVaultName: names.backupVault,
      IamRoleArn: `arn:aws:iam::${ACCOUNT}:role/${names.backupRole}`,
      ResourceArn,
      Lifecycle: { DeleteAfterDays: 30 },
    });
    const from = restoredFrom(environment, "messages", await takeRestoreRole());
    const point = await findRestorePoint(from, RecoveryPointArn);
    const name = restoredTable(from.own, point.time);
    await restoreBeside({ from, point, name, onProgress });
    const { onlyLive, onlyRestored, different } = await compareWithLive(from, name, {
      rate: 1_000,
      onProgress,
    });
    expect([onlyLive, onlyRestored, different]).toEqual([[], [], []]);
    await removeRestored(from, name);
  }, 120_000);

  test("is restored by the monthly drill, which removes it and leaves evidence", async () => {
    const access = accessWith(await assumeRole(aws, ACCOUNT, names.drillRole, drillEnvironment("dev")));
    const live = DynamoDBDocumentClient.from(new DynamoDBClient(access.client));
    const put = new PutCommand({ TableName: messages, Item: { pk: "MSG#1", sk: "1" } });
    await expect(live.send(put)).rejects.toThrow("not authorized");
    const drills = (["messages", "users"] as const).map((table) => {
      const from = restoredFrom(environment, table, access);
      return { from, to: "latest", rate: 1_000, onProgress, complete: complete(from) };
    });
    const { evidence } = await drill(environment, access, drills);
    expect(evidence).toMatchObject({ passed: true, tables: [{ faults: [], removed: true }, { faults: [] }] });
    expect(await lastDrill(environment, access.client)).toEqual(evidence);
    for (const { restored } of evidence.tables)
      await expect(describeTable(restored)).rejects.toThrow("not found");
  }, 900_000);
});
