import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { EnvironmentLiteral } from "../../../config/environment.ts";
import { projectFolder } from "../../../config/project-folder.ts";
import { CONVERSATION_INDEX } from "../../../messaging/tables.ts";
import { undocumented } from "../../support/documented-metrics.ts";
import { devLiteral as dev } from "../../support/environments.ts";
import { everythingAlarmed, topicArn } from "../../support/everything-alarmed.ts";
import { statementsIn, synthesizeMessaging } from "../../support/synthesized.ts";

/** An alarm's name, with the names that Terraform fills in. */
const nameOf = (values: Readonly<Record<string, unknown>>) =>
  String(values["alarm_name"]).replace(/^\$\{aws_lambda_function\.[^}]*\}/, "cruddur-messaging-stream");

function alarmsOf(literal: EnvironmentLiteral) {
  const stack = synthesizeMessaging(literal);
  const alarms = new Map(
    stack.ofType("aws_cloudwatch_metric_alarm").map(({ values }) => [nameOf(values), values]),
  );
  const composite = stack.one("aws_cloudwatch_composite_alarm");
  const rule = composite["alarm_rule"] as string;
  /** The names of the alarms that it combines. */
  const combined = [
    ...rule.matchAll(/ALARM\("\$\{aws_cloudwatch_metric_alarm\.([\w-]+)\.alarm_name\}"\)/g),
  ].map(([, id = ""]) => {
    const byId = (stack.json["resource"] as Record<string, Record<string, Record<string, unknown>>>)[
      "aws_cloudwatch_metric_alarm"
    ];
    return nameOf(byId?.[id] ?? {});
  });
  return { stack, alarms, composite, rule, combined };
}

const everything = alarmsOf(everythingAlarmed);
const alarm = (name: string, { alarms } = everything) => {
  const values = alarms.get(`cruddur-messaging-${name}`);
  if (!values) throw new Error(`no alarm ${name} in ${[...alarms.keys()].join(", ")}`);
  return values;
};

interface Metric {
  readonly namespace: string;
  readonly metric_name: string;
  readonly dimensions?: object;
}

/** The metrics that an alarm watches: one, or those of its expression. */
const metricsIn = (values: Readonly<Record<string, unknown>>): Metric[] =>
  ((values["metric_query"] ?? [{ metric: values }]) as { readonly metric?: Metric }[]).flatMap(
    ({ metric }) => metric ?? [],
  );
const table = (name: string) =>
  expect.stringMatching(new RegExp(`aws_dynamodb_table\\.${name}-table_`)) as unknown;

describe("an environment with every alarm", () => {
  test("watches metrics with dimensions that are documented, or that the function counts", () => {
    const faults = [...everything.alarms].flatMap(([name, values]) =>
      metricsIn(values).flatMap(({ namespace, metric_name: metric, dimensions = {} }) => {
        const fault = undocumented({ namespace, metric, dimensions: Object.keys(dimensions) });
        return fault === undefined ? [] : [`${name}: ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
    expect(everything.alarms.size).toBe(43);
  });

  test("has a section of the runbook for each, and for the composite alarm", () => {
    const runbook = readFileSync(join(projectFolder, "docs/runbook.md"), "utf8");
    for (const values of [...everything.alarms.values(), everything.composite]) {
      const section = /^docs\/runbook\.md#([\w-]+): \S/.exec(String(values["alarm_description"]))?.[1];
      expect(runbook).toContain(`\n### ${section}\n`);
    }
  });

  const ofMessages = { TableName: table("messages") };
  const ofIndex = { ...ofMessages, GlobalSecondaryIndexName: CONVERSATION_INDEX };
  const ofUsers = { TableName: table("users") };
  const ofCache = { ClusterId: expect.stringMatching(/aws_dax_cluster\./) };
  const index = `messages-${CONVERSATION_INDEX}`;

  test.each<[string, string, string, number, object | undefined]>([
    ["messages-throttled-reads", "ReadThrottleEvents", "Sum", 5, ofMessages],
    [`${index}-throttled-writes`, "WriteThrottleEvents", "Sum", 6, ofIndex],
    ["users-system-errors-GetItem", "SystemErrors", "Sum", 1, { ...ofUsers, Operation: "GetItem" }],
    ["messages-transaction-conflicts", "TransactionConflict", "Sum", 100, ofMessages],
    // On demand: 4,000 units a second, of which 75 % in a minute.
    ["messages-consumed-read-capacity", "ConsumedReadCapacityUnits", "Sum", 180_000, ofMessages],
    [`${index}-consumed-write-capacity`, "ConsumedWriteCapacityUnits", "Sum", 90_000, ofIndex],
    // Provisioned: 10 and 5 units.
    ["users-consumed-read-capacity", "ConsumedReadCapacityUnits", "Sum", 450, ofUsers],
    ["users-consumed-write-capacity", "ConsumedWriteCapacityUnits", "Sum", 225, ofUsers],
    ["account-read-capacity", "AccountProvisionedReadCapacityUtilization", "Maximum", 70, undefined],
    [
      "messages-replication-latency-us-east-1",
      "ReplicationLatency",
      "Maximum",
      30_000,
      { ...ofMessages, ReceivingRegion: "us-east-1" },
    ],
    ["stream-errors", "Errors", "Sum", 2, { FunctionName: expect.anything() }],
    ["stream-throttles", "Throttles", "Sum", 0, { FunctionName: expect.anything() }],
    // 80 % of 30 seconds.
    ["stream-duration", "Duration", "Maximum", 24_000, { FunctionName: expect.anything() }],
    ["stream-inbox-delay", "InboxDelay", "Maximum", 60_000, { FunctionName: expect.anything() }],
    ["cache-errors", "FailedRequestCount", "Sum", 5, ofCache],
    ["cache-evictions", "EvictedSize", "Sum", 100_000_000, ofCache],
    ["cache-cpu", "CPUUtilization", "Maximum", 80, ofCache],
  ])("%s is raised when %s is more", (name, metric_name, statistic, threshold, dimensions) => {
    expect(alarm(name)).toMatchObject({
      metric_name,
      statistic,
      threshold,
      comparison_operator: "GreaterThanThreshold",
      treat_missing_data: "notBreaching",
    });
    expect(alarm(name)["dimensions"]).toEqual(dimensions);
  });

  test("a node of the cache is down when it shows no sign of life, and the cache too small when most reads miss it", () => {
    for (const letter of ["a", "b", "c"])
      expect(alarm(`cache-node-${letter}-down`)).toMatchObject({
        metric_name: "CPUUtilization",
        dimensions: {
          ...ofCache,
          NodeId: expect.stringMatching(new RegExp(`^\\$\\{aws_dax_cluster\\..*\\}-${letter}$`)),
        },
        threshold: 0,
        comparison_operator: "LessThanOrEqualToThreshold",
        treat_missing_data: "breaching",
      });
    const misses = alarm("cache-misses");
    expect(misses).toMatchObject({ threshold: 50, comparison_operator: "GreaterThanThreshold" });
    expect(misses["metric_query"]).toContainEqual(
      expect.objectContaining({
        return_data: true,
        expression:
          "100 * (FILL(itemCacheMisses, 0) + FILL(queryCacheMisses, 0)) / (FILL(itemCacheHits, 0) + FILL(itemCacheMisses, 0) + FILL(queryCacheHits, 0) + FILL(queryCacheMisses, 0))",
      }),
    );
  });

  test("watches each operation that messaging calls on a table", () => {
    const operations = (name: string) =>
      [...everything.alarms.keys()]
        .filter((one) => one.startsWith(`cruddur-messaging-${name}-system-errors-`))
        .map((one) => one.split("-").at(-1));
    expect(operations("messages")).toEqual(["PutItem", "Query", "TransactWriteItems"]);
    expect(operations("users")).toEqual(["DeleteItem", "GetItem", "PutItem"]);
  });

  test("is ill if messages don't reach inboxes or requests fail, and not if something only warns", () => {
    const warnings = [...everything.alarms.keys()].filter((name) => !everything.combined.includes(name));
    expect(warnings.map((name) => name.replace("cruddur-messaging-", "")).sort()).toEqual([
      "account-read-capacity",
      "account-write-capacity",
      "backup-aborted",
      "backup-age",
      "backup-copy-failed",
      "backup-expired",
      "backup-failed",
      "cache-cpu",
      "cache-errors",
      "cache-evictions",
      "cache-misses",
      "cache-node-a-down",
      "cache-node-b-down",
      "cache-node-c-down",
      "export-age",
      "messages-consumed-read-capacity",
      "messages-consumed-write-capacity",
      `${index}-consumed-read-capacity`,
      `${index}-consumed-write-capacity`,
      "messages-transaction-conflicts",
      "stream-duration",
      "users-consumed-read-capacity",
      "users-consumed-write-capacity",
      "users-transaction-conflicts",
    ]);
    expect(everything.combined).toHaveLength(everything.alarms.size - warnings.length);
    expect(everything.rule.split(" OR ")).toHaveLength(everything.combined.length);
  });

  test("tells the given topic and its own of each alarm, and who is paged of the composite alarm alone", () => {
    const told = [topicArn("chat"), expect.stringMatching(/^\$\{aws_sns_topic\.[\w-]+\.arn\}$/) as unknown];
    for (const values of everything.alarms.values())
      expect(values).toMatchObject({ alarm_actions: told, ok_actions: told });
    const paged = [topicArn("pager")];
    expect(everything.composite).toMatchObject({
      alarm_name: "cruddur-messaging-ill",
      alarm_actions: paged,
      ok_actions: paged,
    });
  });
});

describe("an environment with the alarms that are always there", () => {
  const least = alarmsOf(dev);

  test("combines them all, and tells nobody", () => {
    const names = ["dead-letters", "errors", "iterator-age", "refused-records"];
    const expected = names.map((name) => `cruddur-messaging-stream-${name}`);
    expect([...least.alarms.keys()]).toEqual(expected);
    expect([...least.combined].sort()).toEqual(expected);
    for (const values of [...least.alarms.values(), least.composite])
      expect(values).toMatchObject({ alarm_actions: [], ok_actions: [] });
  });

  test("has no topic, and no Contributor Insights", () => {
    for (const type of ["aws_sns_topic", "aws_sns_topic_subscription", "aws_dynamodb_contributor_insights"])
      expect(least.stack.ofType(type)).toEqual([]);
    expect(least.stack.ofType("aws_kms_key")).toHaveLength(1);
  });
});

test("the consumed capacity is compared with the scaler's maximum, over all schedules; without a maximum, with the account's", () => {
  const scaling = { targetPercent: 70, minimum: 1, maximum: 20 };
  const schedules = {
    evening: { cron: "0 18 * * ? *", minimum: 10, maximum: 300 },
    night: { cron: "0 23 * * ? *", minimum: 1, maximum: 20 },
  };
  const { messages, users } = dev.tables;
  const scaled = alarmsOf({
    ...dev,
    alarms: { ...dev.alarms, consumedCapacityPercent: 50 },
    tables: {
      messages: {
        ...messages,
        billing: {
          mode: "autoscaled",
          read: scaling,
          write: { targetPercent: 70, schedules },
          indexes: { [CONVERSATION_INDEX]: { read: { ...scaling, maximum: 40 }, write: scaling } },
        },
      },
      users: { ...users, billing: { mode: "on-demand" } },
    },
  });
  const thresholds = [
    ["messages-consumed-read-capacity", 20],
    ["messages-consumed-write-capacity", 300],
    [`messages-${CONVERSATION_INDEX}-consumed-read-capacity`, 40],
    ["users-consumed-write-capacity", 40_000],
  ] as const;
  for (const [name, units] of thresholds)
    expect([name, alarm(name, scaled)["threshold"]]).toEqual([name, units * 60 * 0.5]);
});

test("where every table is on demand, there is no alarm of what the account has provisioned", () => {
  const billing = { mode: "on-demand" } as const;
  const { messages, users } = dev.tables;
  const { alarms } = alarmsOf({
    ...dev,
    alarms: { ...dev.alarms, accountCapacityPercent: 80 },
    tables: { messages: { ...messages, billing }, users: { ...users, billing } },
  });
  expect([...alarms.keys()].filter((name) => name.includes("account"))).toEqual([]);
});

describe("the topic of the e-mail addresses", () => {
  const { stack } = everything;
  const ofAlarms = {
    StringEquals: { "aws:SourceAccount": expect.stringMatching(/^\$\{element\(split/) as unknown },
    ArnLike: {
      "aws:SourceArn": expect.stringMatching(
        /^arn:aws:cloudwatch:ca-central-1:\$\{element\(split[^}]*\}:alarm:\*$/,
      ) as unknown,
    },
  };
  const cloudwatch = { Service: "cloudwatch.amazonaws.com" };

  test("is encrypted with a key of its own, which CloudWatch may use for alarms of this account", () => {
    expect(stack.one("aws_sns_topic")).toMatchObject({
      name: "cruddur-messaging-alarms",
      kms_master_key_id: expect.stringMatching(/^\$\{aws_kms_key\.alarm-topic_key_\w+\.arn\}$/) as unknown,
    });
    const policy = stack.one("aws_kms_key_policy", "alarm-topic/key/policy")["policy"] as string;
    expect(statementsIn(policy).slice(1)).toEqual([
      {
        Sid: "EncryptNotifications",
        Effect: "Allow",
        Principal: cloudwatch,
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: "*",
        Condition: ofAlarms,
      },
    ]);
  });

  test("takes notifications of alarms of this account, over TLS alone, and sends each to every address", () => {
    const topic = expect.stringMatching(/^\$\{aws_sns_topic\.[\w-]+\.arn\}$/) as unknown;
    expect(statementsIn(stack.one("aws_sns_topic_policy")["policy"] as string)).toEqual([
      {
        Sid: "NotifyOfAlarms",
        Effect: "Allow",
        Principal: cloudwatch,
        Action: ["sns:Publish"],
        Resource: topic,
        Condition: ofAlarms,
      },
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: topic,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
    const subscriptions = stack.ofType("aws_sns_topic_subscription").map(({ values }) => values);
    expect(subscriptions).toMatchObject([
      { topic_arn: topic, protocol: "email", endpoint: "on-call@example.com" },
      { topic_arn: topic, protocol: "email", endpoint: "platform@example.com" },
    ]);
  });
});

test("Contributor Insights are of a table and of each of its indexes", () => {
  const insights = everything.stack.ofType("aws_dynamodb_contributor_insights").map(({ values }) => values);
  expect(insights.map(({ table_name, index_name }) => [table_name, index_name])).toEqual([
    [table("messages"), undefined],
    [table("messages"), CONVERSATION_INDEX],
    [table("users"), undefined],
  ]);
});
