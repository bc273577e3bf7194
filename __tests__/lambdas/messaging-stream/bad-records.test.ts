import {
  CloudWatchClient,
  type ComparisonOperator,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
  type Statistic,
} from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { conversationRows, type Message, messageItem } from "../../../messaging/items.ts";
import { laterBy } from "../../../messaging/message-time.ts";
import { REFUSED_RECORDS } from "../../../messaging/stream-function-metrics.ts";
import { deployedNames, deployFunction } from "../../support/deployed-function.ts";
import { devLiteral } from "../../support/environments.ts";
import { clientSettings } from "../../support/messages-table.ts";
import { person } from "../../support/person.ts";
import { describeWith } from "../../support/requirements.ts";
import { putRow, rowsOf } from "../../support/rows.ts";
import { synthesizeMessaging } from "../../support/synthesized.ts";
import { until } from "../../support/until.ts";

const { streamFunction: FUNCTION_NAME, logGroup: logGroupName } = deployedNames;

/** A time some minutes before or after the test's start. */
const start = Date.now();
const minutes = (count: number) => new Date(start + count * 60_000).toISOString().replace("Z", "000Z");
const [BEGIN, FIRST, SECOND] = [minutes(-2), minutes(-1), minutes(0)] as const;

/** Conversations of two, and the time of their first message; one has it without a zone, as the existing application. */
const pairs = Array.from({ length: 8 }, (_, index) => ({
  conversation: `pair-${index}`,
  members: [`a${index}`, `b${index}`] as const,
  first: index === 7 ? FIRST.replace("Z", "") : FIRST,
}));

/** A bad item for each of the first pairs: why it is refused, and how it differs from a good one. */
const BAD: readonly (readonly [reason: string, attributes: object])[] = [
  ["no message", { message: undefined }],
  ["no message", { message: null }],
  ["no user_uuid", { user_uuid: undefined }],
  ["no message, no user_uuid", { message: 5, user_uuid: ["a3"] }],
  ["sk is no ISO 8601 time", { sk: "tomorrow" }],
  ["sk is no ISO 8601 time", { sk: "2026-02-30T10:00:00.000000Z" }],
  ["sk is more than five minutes after the message was written", { sk: minutes(10) }],
  ["no conversation", { pk: "MSG#" }],
];
const bad = BAD.map(([reason, attributes], index) => {
  const { conversation = "", members = [""] } = pairs[index] ?? {};
  return {
    reason,
    item: { ...messageItem(message(conversation, laterBy(1, FIRST), members[0])), ...attributes },
  };
});

describeWith(["python"], "bad items among good ones, through the trigger", () => {
  let aws: EmbeddedAws;
  let deployed: Awaited<ReturnType<typeof deployFunction>>;

  const put = (item: object) => {
    const { client, tableName: TableName } = deployed.store.table;
    const Item = Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
    return client.send(new PutCommand({ TableName, Item }));
  };
  const begin = async (conversation: string, members: readonly [string, string], time = BEGIN) => {
    for (const row of conversationRows(members.map(person), message(conversation, time, members[0])))
      await put(row);
  };
  const send = (conversation: string, time: string, sender: string) =>
    put(messageItem(message(conversation, time, sender)));
  const rows = (member: string, conversation: string) => rowsOf(deployed.store, member, conversation);
  /** Whether each member has one row of the conversation, and it is at the message. */
  const isAt = async (conversation: string, members: readonly string[], time: string) => {
    const found = await Promise.all(members.map((member) => rows(member, conversation)));
    return found.flat().join() === members.map(() => `${time} ${textOf(conversation, time)}`).join();
  };
  const allAt = async (time: (pair: (typeof pairs)[number]) => string) => {
    const all = pairs.map((pair) => isAt(pair.conversation, pair.members, time(pair)));
    return (await Promise.all(all)).every(Boolean);
  };

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    deployed = await deployFunction(aws);
    for (const { conversation, members } of pairs) await begin(conversation, members);
    await begin("meeting-1", ["x", "y1"]);
    await begin("meeting-2", ["x", "y2"], laterBy(1, BEGIN));
    await putRow(deployed.store, { conversation: "joined", member: "j1", other: "j2", time: BEGIN });
    for (const { conversation, members, first } of pairs) await send(conversation, first, members[0]);
    for (const { item } of bad) await put(item);
    await put({ pk: "OTHER#1", sk: "of another application" });
    await send("meeting-1", FIRST, "x");
    await send("meeting-2", FIRST, "x");
    await send("joined", FIRST, "j1");
    // One lane has all of them, and the first batch good ones and bad ones.
    await deployed.connect({ ParallelizationFactor: 1 });
  });
  afterAll(() => aws.stop());

  test("the good ones are moved", async () => {
    await until(() => allAt(({ first }) => first));
  });

  test("two conversations of one member at the same instant move, to two keys next to each other", async () => {
    const others = async () =>
      (await isAt("meeting-1", ["y1"], FIRST)) && (await isAt("meeting-2", ["y2"], FIRST));
    await until(others);
    const found = async () => [...(await rows("x", "meeting-1")), ...(await rows("x", "meeting-2"))];
    const texts = ["meeting-1", "meeting-2"].map((name) => textOf(name, FIRST));
    const moved = (one: string, other: string) => [`${one} ${texts[0]}`, `${other} ${texts[1]}`].join();
    const keys = [FIRST, laterBy(1, FIRST)] as const;
    await until(async () => [moved(...keys), moved(keys[1], keys[0])].includes((await found()).join()));
  });

  test("the lane goes on: later messages move, and a row that appears late follows", async () => {
    for (const { conversation, members } of pairs) await send(conversation, SECOND, members[1]);
    await putRow(deployed.store, { conversation: "joined", member: "j2", other: "j1", time: BEGIN });
    await until(() => allAt(() => SECOND));
    await until(() => isAt("joined", ["j1", "j2"], FIRST));
  });

  test("each bad one is told in the log, where the runbook's filter finds it", async () => {
    const client = new CloudWatchLogsClient(clientSettings(aws));
    const request = { logGroupName, filterPattern: '"record-refused"' };
    const lines = async () => {
      const found: unknown[] = [];
      for await (const { events = [] } of paginateFilterLogEvents({ client }, request))
        found.push(...events.map(({ message: line = "" }) => JSON.parse(line) as unknown));
      return found;
    };
    await until(async () => (await lines()).length >= bad.length);
    expect(await lines()).toEqual(
      bad.map(({ reason, item: { pk, sk } }) =>
        expect.objectContaining({ level: "ERROR", event: "record-refused", pk, sk, reason }),
      ),
    );
  });

  test("the metric counts the bad ones and no other, and the deployed alarm is raised by it", async () => {
    const cloudwatch = new CloudWatchClient(clientSettings(aws));
    await until(async () => (await counted(cloudwatch)) >= bad.length);
    expect(await counted(cloudwatch)).toBe(bad.length);
    expect(await stateOfAlarm(cloudwatch)).toBe("ALARM");
  });

  test("nothing is in the dead-letter queue", async () => {
    expect(await deployed.deadLetters()).toBe(0);
  });
});

function textOf(conversation: string, time: string): string {
  return `${conversation} at ${time}`;
}

function message(conversationUuid: string, createdAt: string, sender: string): Message {
  const text = textOf(conversationUuid, createdAt);
  return { uuid: `uuid of ${text}`, conversationUuid, createdAt, text, sender: person(sender) };
}

async function counted(cloudwatch: CloudWatchClient): Promise<number> {
  const { namespace, name, dimension } = REFUSED_RECORDS;
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: namespace,
      MetricName: name,
      Dimensions: [{ Name: dimension, Value: FUNCTION_NAME }],
      Statistics: ["Sum"],
      Period: 3_600,
      StartTime: new Date(start - 3_600_000),
      EndTime: new Date(start + 3_600_000),
    }),
  );
  return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
}

/** Creates the alarm that the stack has, and returns its state. */
async function stateOfAlarm(cloudwatch: CloudWatchClient): Promise<string | undefined> {
  const alarm = synthesizeMessaging(devLiteral).one("aws_cloudwatch_metric_alarm", "alarms/refused-records");
  const AlarmName = "refused-records";
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: String(alarm["namespace"]),
      MetricName: String(alarm["metric_name"]),
      // In the stack, the value is a reference to the function.
      Dimensions: Object.keys(alarm["dimensions"] as object).map((Name) => ({ Name, Value: FUNCTION_NAME })),
      Statistic: alarm["statistic"] as Statistic,
      Period: Number(alarm["period"]),
      EvaluationPeriods: Number(alarm["evaluation_periods"]),
      DatapointsToAlarm: Number(alarm["datapoints_to_alarm"]),
      Threshold: Number(alarm["threshold"]),
      ComparisonOperator: alarm["comparison_operator"] as ComparisonOperator,
      TreatMissingData: String(alarm["treat_missing_data"]),
    }),
  );
  const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
  return MetricAlarms[0]?.StateValue;
}
