import { App, TerraformStack } from "cdktf";
import { describe, expect, test } from "@jest/globals";
import { type EnvironmentLiteral, environmentSchema } from "../../config/environment.ts";
import { IllAlarm } from "../../constructs/alarms/ill-alarm.ts";
import { BootstrapStack } from "../../stacks/bootstrap-stack.ts";
import { MessagingStack } from "../../stacks/messaging-stack.ts";
import { findOverQuota } from "../../stacks/quotas.ts";
import { devLiteral, prodLiteral } from "../support/environments.ts";
import { everythingAlarmed } from "../support/everything-alarmed.ts";
import { pipelinePolicies } from "../support/pipeline-policies.ts";
import { synthesizeBootstrap } from "../support/synthesized.ts";

const pipeline = { repository: "owner/name" };

const longTopic = (name: string) => `arn:aws:sns:ap-southeast-2:111111111111:${name.padEnd(256, "t")}`;

/** The longest that every setting takes which is part of a name, an ARN or a list in a policy. */
const longVault = `arn:aws:backup:ap-southeast-2:123456789012:backup-vault:${"v".repeat(50)}`;

const longest: EnvironmentLiteral = {
  ...prodLiteral,
  name: "a123456789012345",
  region: "ap-southeast-2",
  nameSuffix: `-${"s".repeat(20)}`,
  network: { ...prodLiteral.network, zones: ["ap-southeast-2a", "ap-southeast-2b"] } as never,
  pipeline: { repository: `${"o".repeat(39)}/${"r".repeat(100)}` },
  state: { bucket: "b".repeat(63) },
  tables: {
    messages: {
      ...prodLiteral.tables.messages,
      replicas: { "ap-northeast-1": { deletionProtection: true, pointInTimeRecovery: true } },
    },
    users: prodLiteral.tables.users,
  },
  monitoring: { inboxMetrics: true },
  backups: {
    rules: { daily: { cron: "0 5 * * ? *", keepDays: 35, copyTo: ["ap-northeast-1", longVault] } },
    vaultRegions: ["ap-northeast-1", "us-west-2"],
  },
  cache: {
    nodeType: "dax.r5.large",
    nodes: 6,
    clientSecurityGroupIds: Array.from({ length: 20 }, (_, index) => `sg-${"0".repeat(15)}${10 + index}`),
    notifyTopicArn: longTopic("cache"),
  },
  analytics: {
    bucket: "e".repeat(63),
    keepDays: 365,
    maximumScannedMegabytes: 10_000_000,
    queriedBy: [`arn:aws:iam::123456789012:role/${"q".repeat(64)}`],
  },
  restore: { takenBy: [`arn:aws:iam::123456789012:role/${"t".repeat(64)}`] },
  alarms: {
    ...everythingAlarmed.alarms,
    notifyTopicArns: Array.from({ length: 4 }, (_, index) => longTopic(`notify-${index}`)),
    pageTopicArns: Array.from({ length: 5 }, (_, index) => longTopic(`page-${index}`)),
  },
};

function overQuota(literal: EnvironmentLiteral): string[] {
  const app = new App();
  const environment = environmentSchema.parse(literal);
  return [new BootstrapStack(app, environment), new MessagingStack(app, environment)].flatMap(findOverQuota);
}

describe.each([
  ["dev", { ...devLiteral, pipeline }],
  ["prod", { ...prodLiteral, pipeline }],
  ["an environment with the longest names", longest],
])("%s", (_, literal) => {
  test("is within all quotas", () => {
    expect(overQuota(literal)).toEqual([]);
  });

  test("leaves room in every policy of the bootstrap", () => {
    const sizes = pipelinePolicies(synthesizeBootstrap(literal), "123456789012").map(({ name, text }) => [
      name,
      text.length,
    ]);
    for (const [, size] of sizes) expect(size).toBeLessThan(6_144);
  });
});

const existing = (routeTables: number): EnvironmentLiteral["network"] => ({
  kind: "existing",
  vpcId: "vpc-0123456789abcdef0",
  subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  routeTableIds: Array.from(
    { length: routeTables },
    (_, index) => `rtb-${index.toString(16).padStart(17, "0")}`,
  ),
});

test.each<[string, Partial<EnvironmentLiteral>, RegExp]>([
  [
    "a policy",
    { pipeline, network: existing(60) },
    /^bootstrap-dev\/pipeline\/network-changes \(aws_iam_policy\) has \d,\d{3} characters in its policy; AWS allows 6,144$/,
  ],
  [
    "the trust policy of a role",
    { pipeline: { ...pipeline, planFrom: Array.from({ length: 60 }, (_, index) => `environment-${index}`) } },
    /^bootstrap-dev\/pipeline\/plan-role \(aws_iam_role\) has \d,\d{3} characters in its trust policy; AWS allows 2,048$/,
  ],
  [
    "the topics of an alarm",
    {
      alarms: {
        ...devLiteral.alarms,
        notifyTopicArns: ["a", "b", "c", "d", "e", "f"].map(
          (name) => `arn:aws:sns:ca-central-1:111111111111:${name}`,
        ),
      },
    },
    /^messaging-dev\/messaging-stream\/alarms\/[\w-]+ \(aws_cloudwatch_metric_alarm\) has 6 topics to notify; AWS allows 5$/,
  ],
])("%s over its quota is found, with the figure", (_, settings, expected) => {
  const found = overQuota({ ...devLiteral, ...settings });
  expect(found).not.toEqual([]);
  for (const fault of found) expect(fault).toMatch(expected);
});

test.each([
  ["alarms", Array.from({ length: 101 }, (_, index) => `${index}`), "101 alarms in its rule; AWS allows 100"],
  ["characters", ["a".repeat(10_232)], "10,241 characters in its rule; AWS allows 10,240"],
])("a composite alarm of too many %s is found, with the figure", (_, alarmNames, expected) => {
  const stack = new TerraformStack(new App(), "stack");
  new IllAlarm(stack, "ill", { name: "ill", alarmNames, topicArns: [] });
  expect(findOverQuota(stack)).toEqual([`stack/ill/alarm (aws_cloudwatch_composite_alarm) has ${expected}`]);
});
