import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { DescribeContributorInsightsCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EnvironmentLiteral } from "../../../config/environment.ts";
import { namesOf } from "../../../config/names.ts";
import { bootstrapEnvironment, deployEnvironment } from "../../../local/deploy.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { CONVERSATION_INDEX } from "../../../messaging/tables.ts";
import { stackFolder } from "../../../terraform/synthesize.ts";
import { plan, showPlan } from "../../../terraform/terraform.ts";
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

  async function deploy(name: string, literal: EnvironmentLiteral): Promise<void> {
    const output = folderOf(name);
    synthesizeFor(aws, { ...literal, pipeline }, output);
    const deployment = { environment: "dev", output, logFile: join(output, "terraform.log") };
    await bootstrapEnvironment({ ...deployment, env: aws.environmentFor(account) });
    await deployEnvironment({ ...deployment, env: await role("deploy") });
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

  const stateOf = async (AlarmName: string) => {
    const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNames: [AlarmName], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
    );
    return [...MetricAlarms, ...CompositeAlarms][0]?.StateValue;
  };
  const becomes = (AlarmName: string, StateValue: "ALARM" | "OK") =>
    until(async () => (await stateOf(AlarmName)) === StateValue);

  /** What a topic tells: subject of each notification since the last call. */
  async function told(topic: "chat" | "pager"): Promise<string[]> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl(topic), MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const { ReceiptHandle } of Messages)
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl(topic), ReceiptHandle }));
    return Messages.map(({ Body = "" }) => {
      const { Message } = JSON.parse(Body) as { Message: string };
      const { AlarmName, NewStateValue } = JSON.parse(Message) as Record<string, string>;
      return `${AlarmName ?? ""} ${NewStateValue ?? ""}`;
    });
  }
  const queueUrl = (name: string) => `${aws.endpoint}/${account}/${name}`;

  /** A topic that is given in the settings, and a queue that receives what it tells. */
  async function createTopic(name: string): Promise<void> {
    const sns = { Version: "2010-03-31" };
    await query(aws, account, "sns", { ...sns, Action: "CreateTopic", Name: name });
    await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const Endpoint = topicArn(name).replace(":sns:", ":sqs:");
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
    await deploy("on", everythingAlarmed);
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

  test("is ill from the first refused record on, which is told once to each, and well again afterwards", async () => {
    await becomes(names.illAlarm, "OK");
    await Promise.all([told("chat"), told("pager")]);
    await putMessage({ sk: "no time" });
    const alarm = `${names.streamFunction}-refused-records`;
    await becomes(alarm, "ALARM");
    await becomes(names.illAlarm, "ALARM");
    expect(await told("chat")).toEqual([`${alarm} ALARM`]);
    expect(await told("pager")).toEqual([`${names.illAlarm} ALARM`]);
    // A second alarm meanwhile is told, and pages nobody again. The metric would need minutes.
    await setState(`${names.streamFunction}-errors`, "ALARM");
    expect(await told("chat")).toEqual([`${names.streamFunction}-errors ALARM`]);
    expect(await told("pager")).toEqual([]);
  });

  // The embedded AWS has no metrics of these, or needs minutes of them.
  const bySetAlarmState = [
    ["messages-throttled-writes", true],
    ["messages-system-errors-TransactWriteItems", true],
    ["messages-replication-latency-us-east-1", true],
    ["messages-consumed-write-capacity", false],
    ["messages-transaction-conflicts", false],
    ["account-read-capacity", false],
  ] as const;
