import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BackupClient,
  DeleteBackupVaultLockConfigurationCommand,
  DeleteRecoveryPointCommand,
  ListCopyJobsCommand,
  ListRecoveryPointsByBackupVaultCommand,
} from "@aws-sdk/client-backup";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { DescribeContributorInsightsCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type EnvironmentLiteral, environmentSchema } from "../../../config/environment.ts";
import { namesOf } from "../../../config/names.ts";
import { allow, policyDocument } from "../../../constructs/policy.ts";
import { tellOfCache } from "../../../local/cached-reads/tell.ts";
import { bootstrapEnvironment, cacheEndpoint, deployEnvironment } from "../../../local/deploy.ts";
import { evaluateBackups } from "../../../local/embedded-aws/backups.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { newMessage, sendMessage, startConversation } from "../../../messaging/conversations.ts";
import { CONVERSATION_INDEX } from "../../../messaging/tables.ts";
import { readLastBackup } from "../../../status/read-last-backup.ts";
import { stackFolder } from "../../../terraform/synthesize.ts";
import { plan, showPlan } from "../../../terraform/terraform.ts";
import { backUp, ended } from "../../support/backups.ts";
import { synthesizeFor } from "../../support/deploy-environment.ts";
import { dev, devLiteral } from "../../support/environments.ts";
import { everythingAlarmed, topicArn } from "../../support/everything-alarmed.ts";
import { clientSettings } from "../../support/messages-table.ts";
import { assumeRole, REPOSITORY } from "../../support/pipeline-account.ts";
import { query } from "../../support/query-protocol.ts";
import { describeWith } from "../../support/requirements.ts";
import { until } from "../../support/until.ts";

const account = "111111111111";
const names = namesOf(dev);
const pipeline = { repository: REPOSITORY };

const { tables } = everythingAlarmed;
const { billing, contributorInsights, pointInTimeRecoveryDays } = tables.messages;
/** Every alarm but those of replicas, which take minutes to deploy. */
const alarmed: EnvironmentLiteral = {
  ...everythingAlarmed,
  tables: {
    ...tables,
    messages: { ...devLiteral.tables.messages, billing, contributorInsights, pointInTimeRecoveryDays },
  },
};

describeWith(["terraform", "python"], "an environment with every alarm, under the pipeline's roles", () => {
  const place = mkdtempSync(join(tmpdir(), "deployed-alarms-"));
  let aws: EmbeddedAws;
  let cloudwatch: CloudWatchClient;
  let sqs: SQSClient;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    cloudwatch = new CloudWatchClient(clientSettings(aws, account));
    sqs = new SQSClient(clientSettings(aws, account));
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(place, { recursive: true });
  });

  const folderOf = (name: string) => join(place, name);
  const role = (kind: "plan" | "deploy") => assumeRole(aws, account, names[`${kind}Role`], "dev");

  /** Roles get the permissions before the deployment needs them, and lose them once it no longer does. */
  async function deploy(name: string, literal: EnvironmentLiteral, first: "bootstrap" | "messaging") {
    const output = folderOf(name);
    synthesizeFor(aws, { ...literal, pipeline }, output);
    const deployment = { environment: "dev", output, logFile: join(output, "terraform.log") };
    const steps = {
      bootstrap: () => bootstrapEnvironment({ ...deployment, env: aws.environmentFor(account) }),
      messaging: async () => deployEnvironment({ ...deployment, env: await role("deploy") }),
    };
    if (first === "messaging") {
      await steps.messaging();
    }
    await steps.bootstrap();
    if (first === "bootstrap") await steps.messaging();
  }

  /** The changes of a plan under the plan role. */
  async function plannedChanges(name: string): Promise<string[]> {
    const run = { folder: stackFolder("messaging-dev", folderOf(name)), env: await role("plan") };
    await plan(run, "again.tfplan", "-lock=false");
    const { resource_changes: changes = [] } = (await showPlan(run, "again.tfplan")) as {
      resource_changes?: { address: string; change: { actions: string[] } }[];
    };
    return changes
      .map(({ address, change }) => `${change.actions.join(" and ")} ${address}`)
      .filter((change) => !change.startsWith("no-op "));
  }

  const describeAlarms = (AlarmNames?: string[]) =>
    cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }));
  const alarmNames = async () =>
    ((await describeAlarms()).MetricAlarms ?? []).map(({ AlarmName = "" }) => AlarmName).sort();
  const statesOf = async (...alarms: string[]) => {
    const { MetricAlarms = [], CompositeAlarms = [] } = await describeAlarms(alarms);
    return [...MetricAlarms, ...CompositeAlarms].map(({ StateValue }) => StateValue).join(" ");
  };

  /** What a topic has told since the last call: the alarms, and their states. */
  async function told(topic: "chat" | "pager"): Promise<string[]> {
    const QueueUrl = `${aws.endpoint}/${account}/${topic}`;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    const notifications: string[] = [];
    for (const { Body = "", ReceiptHandle } of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      const { Message } = JSON.parse(Body) as { Message: string };
      const { AlarmName, NewStateValue } = JSON.parse(Message) as Record<string, string>;
      notifications.push(`${AlarmName ?? ""} ${NewStateValue ?? ""}`);
    }
    return Messages.length === 0 ? [] : [...notifications, ...(await told(topic))];
  }

  /** A topic that is given in the settings, and a queue that receives what it tells. */
  async function createTopic(name: string): Promise<void> {
    const sns = { Version: "2010-03-31" };
    await query(aws, account, "sns", { ...sns, Action: "CreateTopic", Name: name });
    const Endpoint = topicArn(name).replace(":sns:", ":sqs:");
    const delivery = allow("Deliver", ["sqs:SendMessage"], Endpoint, {
      ArnEquals: { "aws:SourceArn": topicArn(name) },
    });
    const Policy = policyDocument({ ...delivery, Principal: { Service: "sns.amazonaws.com" } });
    await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }));
    await query(aws, account, "sns", {
      ...sns,
      Action: "Subscribe",
      TopicArn: topicArn(name),
      Protocol: "sqs",
      Endpoint,
    });
  }

  test("is deployed, and the plan of it is empty", async () => {
    for (const name of ["chat", "pager"]) await createTopic(name);
    await deploy("on", alarmed, "bootstrap");
    expect(await plannedChanges("on")).toEqual([]);
  }, 300_000);

  test("counts the keys of its tables and of the index", async () => {
    const dynamodb = new DynamoDBClient(clientSettings(aws, account));
    const { messages, users } = names.tables;
    for (const [TableName, IndexName] of [[messages], [messages, CONVERSATION_INDEX], [users]]) {
      const of = new DescribeContributorInsightsCommand({ TableName, IndexName });
      expect(await dynamodb.send(of)).toMatchObject({ ContributorInsightsStatus: "ENABLED" });
    }
  });

  test("tells of each alarm, pages of those that mean that messaging is ill, and tells when each ends", async () => {
    const backupAge = `${names.tableAlarm}backup-age`;
    const alarms = (await alarmNames()).filter((name) => name !== backupAge);
    expect(alarms).toHaveLength(41);
    expect(await statesOf(backupAge)).toBe("ALARM");
    await Promise.all([told("chat"), told("pager")]);
    const paging: string[] = [];
    for (const AlarmName of alarms) {
      // The next evaluation, of metrics that aren't over any threshold, ends it.
      const StateReason = "to see who is told";
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason }));
      expect(await told("chat")).toEqual([`${AlarmName} ALARM`]);
      const paged = await told("pager");
      if (paged.length > 0) paging.push(AlarmName);
      expect(paged).toEqual(paged.length > 0 ? [`${names.illAlarm} ALARM`] : []);
      await alarmNames();
      expect(await told("chat")).toEqual([`${AlarmName} OK`]);
      expect(await told("pager")).toEqual(paged.map(() => `${names.illAlarm} OK`));
    }
    const warning = /backup|cache|capacity|conflicts|duration|export/;
    expect(paging).toEqual(alarms.filter((name) => !warning.test(name)));
  }, 120_000);

  test("is ill when a record is refused; what fails meanwhile pages nobody again", async () => {
    const refused = `${names.streamFunction}-refused-records`;
    const errors = `${names.streamFunction}-errors`;
    const item = { pk: { S: "MSG#1" }, sk: { S: "no time" }, message: { S: "a" }, user_uuid: { S: "b" } };
    await new DynamoDBClient(clientSettings(aws, account)).send(
      new PutItemCommand({ TableName: names.tables.messages, Item: item }),
    );
    await until(async () => (await statesOf(refused, names.illAlarm)) === "ALARM ALARM");
    expect(await told("chat")).toEqual([`${refused} ALARM`]);
    expect(await told("pager")).toEqual([`${names.illAlarm} ALARM`]);

    const lambda = new LambdaClient(clientSettings(aws, account));
    const fail = new InvokeCommand({ FunctionName: names.streamFunction, Payload: Buffer.from("null") });
    // More than two in each of two minutes.
    while ((await statesOf(errors)) !== "ALARM") {
      for (let invocation = 0; invocation < 3; invocation++)
        expect(await lambda.send(fail)).toHaveProperty("FunctionError");
      await sleep(2_000);
    }
    expect(await told("chat")).toEqual([`${errors} ALARM`]);
    expect(await told("pager")).toEqual([]);
  }, 150_000);

  test("is told of what happens, where the embedded AWS has its metric; with lower thresholds, at once", async () => {
    const lowered = { iterator: -1, duration: 0, "dead-letters": 0, "inbox-delay": -1, "consumed-write": 0 };
    const { MetricAlarms = [] } = await describeAlarms();
    const watched = MetricAlarms.flatMap(({ AlarmName = "", MetricName, Namespace, Dimensions, Statistic }) =>
      Object.entries(lowered)
        .filter(([part]) => AlarmName.includes(part) && !AlarmName.includes("users"))
        .map(([, Threshold]) => ({ AlarmName, MetricName, Namespace, Dimensions, Statistic, Threshold })),
    );
    expect(watched).toHaveLength(6);
    const condition = {
      ComparisonOperator: "GreaterThanThreshold",
      Period: 60,
      EvaluationPeriods: 3,
    } as const;
    const atOnce = { ...condition, DatapointsToAlarm: 1, TreatMissingData: "notBreaching" };
    for (const alarm of watched) await cloudwatch.send(new PutMetricAlarmCommand({ ...alarm, ...atOnce }));

    const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(aws, account)));
    const table = { client, tableName: names.tables.messages };
    const [ann, bob] = ["ann", "bob"].map((name) => ({ uuid: name, displayName: name, handle: name }));
    if (!ann || !bob) throw new Error("nobody");
    await startConversation(table, [ann, bob], newMessage("a-conversation", ann, "first"));
    await sendMessage(table, newMessage("a-conversation", bob, "second"));
    const QueueUrl = `${aws.endpoint}/${account}/${names.deadLetterQueue}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));
    const raised = watched.map(() => "ALARM").join(" ");
    await until(async () => (await statesOf(...watched.map(({ AlarmName }) => AlarmName))) === raised);
  }, 60_000);

  test("is told that a table was not backed up, and is no longer told so of the first backup once it is made", async () => {
    const [failed, age] = ["failed", "age"].map((name) => `${names.tableAlarm}backup-${name}`) as [
      string,
      string,
    ];
    const backup = new BackupClient(clientSettings(aws, account));
    const job = {
      BackupVaultName: names.backupVault,
      IamRoleArn: `arn:aws:iam::${account}:role/${names.backupRole}`,
      ResourceArn: `arn:aws:dynamodb:ca-central-1:${account}:table/${names.tables.users}`,
    };
    await told("chat");
    // The vault's lock demands seven days.
    const tooShort = await backUp(backup, { ...job, Lifecycle: { DeleteAfterDays: 1 } });
    expect(tooShort.State).toBe("FAILED");
    await until(async () => (await statesOf(failed)) === "ALARM");
    expect(await told("chat")).toEqual([`${failed} ALARM`]);
    const made = await backUp(backup, { ...job, Lifecycle: { DeleteAfterDays: 30 } });
    expect(made).toMatchObject({ State: "COMPLETED" });
    await until(async () => (await statesOf(age)) === "OK");
    const last = await readLastBackup(clientSettings(aws, account), job.ResourceArn);
    expect(last).toMatchObject({ vault: names.backupVault });
    const RecoveryPointArn = made.RecoveryPointArn;
    const remove = new DeleteRecoveryPointCommand({ BackupVaultName: names.backupVault, RecoveryPointArn });
    await expect(backup.send(remove)).rejects.toThrow(/lock|retention/i);
  }, 60_000);

  test("backs both tables up at its time, and copies them to the other region, under the role that it has", async () => {
    const clientIn = (region: string) => new BackupClient({ ...clientSettings(aws, account), region });
    const own = clientIn("ca-central-1");
    const hour = 3_600_000;
    const begun = Date.now();
    let jobs: Awaited<ReturnType<typeof ended>>[] = [];
    // The monthly rule may come before the daily one.
    for (let at = begun + hour; jobs.length === 0 && at <= begun + 25 * hour; at += hour) {
      const made = await evaluateBackups(aws, { account, at: new Date(at) });
      const all = await Promise.all(made.map(({ BackupJobId }) => ended(own, BackupJobId)));
      expect(all.filter(({ State }) => State !== "COMPLETED")).toEqual([]);
      jobs = all.filter(({ CreatedBy }) => CreatedBy?.BackupRuleName === "daily");
    }
    expect(jobs.map(({ ResourceArn }) => ResourceArn?.split("/")[1]).sort()).toEqual(
      Object.values(names.tables).sort(),
    );
    const copies = async () => (await own.send(new ListCopyJobsCommand({}))).CopyJobs ?? [];
    await until(async () => {
      const states = (await copies()).map(({ State }) => State);
      return (
        states.length === jobs.length && states.every((state) => state === "COMPLETED" || state === "FAILED")
      );
    });
    expect((await copies()).map(({ State }) => State)).toEqual(["COMPLETED", "COMPLETED"]);
    // So that the vaults can be deleted.
    for (const backup of [own, clientIn("us-east-1")]) {
      const vault = { BackupVaultName: names.backupVault };
      await backup.send(new DeleteBackupVaultLockConfigurationCommand(vault));
      const { RecoveryPoints = [] } = await backup.send(new ListRecoveryPointsByBackupVaultCommand(vault));
      for (const { RecoveryPointArn } of RecoveryPoints)
        await backup.send(new DeleteRecoveryPointCommand({ ...vault, RecoveryPointArn }));
    }
  }, 60_000);

  test("reads a page through its cache, and sees a message that was sent past it when it should", async () => {
    const deployment = {
      environment: "dev",
      output: folderOf("on"),
      logFile: join(folderOf("on"), "terraform.log"),
      env: aws.environmentFor(account),
    };
    const environment = { ...environmentSchema.parse(alarmed), account };
    const { lines } = await tellOfCache(environment, await cacheEndpoint(deployment), aws);
    expect(lines.join("\n")).toMatch(
      /first {2}from the table .* ms\n.*again {2}from the cache .* ms\n[^]*answered [1-9]\d* reads without it; the reader saw it after\n {2}[45]\.\d s\. A page may be 5 s old/,
    );
  }, 60_000);

  test("without all of that again, nothing of it stays, and CloudWatch refuses nothing on the way", async () => {
    const messages = { ...devLiteral.tables.messages, billing };
    const formerRegions = everythingAlarmed.backups?.vaultRegions;
    const off = { ...devLiteral, tables: { ...devLiteral.tables, messages } };
    await deploy("off", { ...off, ...(formerRegions && { formerRegions }) }, "messaging");
    expect(await plannedChanges("off")).toEqual([]);
    const always = ["dead-letters", "errors", "iterator-age", "refused-records"];
    expect(await alarmNames()).toEqual(always.map((name) => `${names.streamFunction}-${name}`));
  }, 300_000);
});
