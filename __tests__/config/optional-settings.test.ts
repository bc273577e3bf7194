import { describe, expect, test } from "@jest/globals";
import type { EnvironmentLiteral } from "../../config/environment.ts";
import { limitsOf } from "../../config/billing-settings.ts";
import { loadEnvironments } from "../../config/load-environments.ts";
import { UserError } from "../../config/user-error.ts";
import { devLiteral as dev, prodLiteral as prod } from "../support/environments.ts";
import { everythingLiteral } from "../support/everything.ts";

const loadWith =
  (change: object, base: EnvironmentLiteral = dev) =>
  () =>
    loadEnvironments({ [base.name]: { ...base, ...change } });

const messages = (change: object, { tables } = dev) => ({
  tables: { ...tables, messages: { ...tables.messages, ...change } },
});

const limits = (minimum: number, maximum: number) => ({ targetPercent: 70, minimum, maximum });
const read = limits(5, 100);
const scaled = (write: object, indexes?: object) =>
  messages({ billing: { mode: "autoscaled", read, write, ...(indexes && { indexes }) } });
const cron = "0 7 * * ? *";
const schedules = (day: object, night: object = {}) => ({
  targetPercent: 70,
  schedules: { day: { cron, ...day }, night: { cron, ...limitsAt(1, 5), ...night } },
});
const limitsAt = (minimum: number, maximum: number) => ({ minimum, maximum });
const onDemand = { mode: "on-demand" };
const replica = { deletionProtection: true, pointInTimeRecovery: true };
const alarms = (change: object) => ({ alarms: { ...dev.alarms, ...change } });
const backups = (rule: object, more: object = {}) => ({
  backups: { rules: { monthly: { cron, ...rule } }, ...more },
});
const cache = (change: object) => ({ cache: { nodeType: "dax.t3.small", nodes: 1, ...change } });
const recovered = messages({ pointInTimeRecoveryDays: 7 });
const analytics = (change: object, more: object = {}) => ({
  account: "111111111111",
  ...recovered,
  analytics: {
    bucket: "exports",
    keepDays: 30,
    maximumScannedMegabytes: 100,
    queriedBy: ["arn:aws:iam::111111111111:root"],
    ...change,
  },
  ...more,
});
const reader = "arn:aws:iam::333333333333:role/analytics";

test("everything at once is accepted", () => {
  expect(loadWith({}, everythingLiteral)).not.toThrow();
});

test("a scaler's limits are those of all of its schedules", () => {
  expect(limitsOf({ targetPercent: 70, minimum: 5, maximum: 9 })).toEqual({ minimum: 5, maximum: 9 });
  const { billing } = everythingLiteral.tables.messages;
  expect(billing.mode === "autoscaled" && limitsOf(billing.write)).toEqual({ minimum: 5, maximum: 400 });
});

describe("refused, by setting, rule and value", () => {
  const ofWrites = "tables.messages.billing.write";
  test.each<[fault: string, change: object]>([
    [
      `${ofWrites}.minimum is missing; or set schedules (given nothing)`,
      scaled({ targetPercent: 70, maximum: 5 }),
    ],
    [`${ofWrites}.maximum must be at least the minimum, 9 (given 5)`, scaled(limits(9, 5))],
    [
      `${ofWrites}.targetPercent must be a whole number, 20 to 90 percent (given 95)`,
      scaled({ ...limits(5, 9), targetPercent: 95 }),
    ],
    [
      "tables.messages.billing.indexes.message-group-sk-index.write.maximum must be at least the minimum, 9 (given 5)",
      scaled(limits(5, 9), { "message-group-sk-index": { read, write: limits(9, 5) } }),
    ],
    [
      "tables.messages.billing.indexes.by-handle is not a setting (given {})",
      scaled(limits(5, 9), { "by-handle": {} }),
    ],
    [
      `${ofWrites}.minimum must be left out: the schedules say it (given 5)`,
      scaled({ minimum: 5, ...schedules(limitsAt(1, 9)) }),
    ],
    [
      `${ofWrites}.schedules.day.maximum must be at least the minimum, 9 (given 5)`,
      scaled(schedules(limitsAt(9, 5))),
    ],
    [
      `${ofWrites}.schedules.day.cron must be a cron expression of six fields, like "0 18 * * ? *": minute, hour, day, month, weekday, year (given "0 7 * * *")`,
      scaled(schedules({ ...limitsAt(1, 9), cron: "0 7 * * *" })),
    ],
    [
      `${ofWrites}.schedules.day.timezone must be a time zone like "America/Toronto" (given "Toronto")`,
      scaled(schedules({ ...limitsAt(1, 9), timezone: "Toronto" })),
    ],
    [
      `${ofWrites}.schedules must be at least two schedules: each holds until the next (given {"day":{"cron":"0 7 * * ? *","minimum":1,"maximum":9}})`,
      scaled({ targetPercent: 70, schedules: { day: { cron, ...limitsAt(1, 9) } } }),
    ],
    [
      `${ofWrites}.schedules must be at least two schedules: each holds until the next (given {})`,
      scaled({ targetPercent: 70, schedules: {} }),
    ],
    [
      'tables.messages.tableClass must be one of "standard", "standard-infrequent-access" (given "cold")',
      messages({ tableClass: "cold" }),
    ],
    [
      'tables.messages.replicas.ca-central-1 must not be the environment\'s own region (given {"deletionProtection":true,"pointInTimeRecovery":true})',
      messages({ billing: onDemand, replicas: { "ca-central-1": replica } }),
    ],
    [
      'tables.messages.replicas.cn-north-1 must be in the partition of the environment\'s region, aws (given {"deletionProtection":true,"pointInTimeRecovery":true})',
      messages({ billing: onDemand, replicas: { "cn-north-1": replica } }),
    ],
    [
      'tables.messages.billing.mode must be "on-demand" for a table with replicas: with provisioned units, each replica would need its own, or the writes that reach it are throttled (given "provisioned")',
      messages({ replicas: { "ca-west-1": replica } }),
    ],
    [
      'tables.users.streamReaders must be left out: the table has no stream (given ["arn:aws:iam::333333333333:role/analytics"])',
      { tables: { ...dev.tables, users: { ...dev.tables.users, streamReaders: [reader] } } },
    ],
    [
      'tables.messages.restoredName must be a restored copy of this table: "cruddur-messages-restored-…" (given "Users-restored-20261126T130000Z")',
      messages({ restoredName: "Users-restored-20261126T130000Z" }),
    ],
    [
      "tables.messages.deletionOnlyByDeployRole requires pipeline: without it there is no deploy role (given true)",
      messages({ deletionOnlyByDeployRole: true }),
    ],
    [
      'tables.messages.readers[0] must be the ARN of a role, a user or an account, like "arn:aws:iam::111111111111:role/analytics" (given "*")',
      messages({ readers: ["*"] }),
    ],
    [
      "backups.rules.monthly.keepDays must be at least 120: a backup stays in cold storage for 90 days at least (given 100)",
      backups({ keepDays: 100, coldStorageAfterDays: 30 }),
    ],
    [
      "backups.rules.monthly.keepDays must be at least backups.lock.minimumDays (60) (given 30)",
      backups({ keepDays: 30 }, { lock: { minimumDays: 60 } }),
    ],
    [
      "backups.rules.monthly.keepDays must be at most backups.lock.maximumDays (90) (given 100)",
      backups({ keepDays: 100 }, { lock: { minimumDays: 7, maximumDays: 90 } }),
    ],
    [
      "backups.lock.maximumDays must be at least the minimum, 60 (given 30)",
      { backups: { rules: {}, lock: { minimumDays: 60, maximumDays: 30 } } },
    ],
    [
      "backups.lock.compliance.canNeverBeUndone must be true: once graceDays have passed, nobody can remove the lock or delete a backup before its time, AWS included (given false)",
      backups(
        { keepDays: 60 },
        { lock: { minimumDays: 7, compliance: { graceDays: 3, canNeverBeUndone: false } } },
      ),
    ],
    [
      'backups.rules.monthly.copyTo[0] must be a region of backups.vaultRegions, or the ARN of a vault (given "us-east-1")',
      backups({ keepDays: 60, copyTo: ["us-east-1"] }),
    ],
    [
      'backups.rules.monthly.copyTo[0] must be in the partition of the environment\'s region, aws (given "arn:aws-cn:backup:cn-north-1:333333333333:backup-vault:central")',
      backups({ keepDays: 60, copyTo: ["arn:aws-cn:backup:cn-north-1:333333333333:backup-vault:central"] }),
    ],
    [
      'backups.rules.monthly.copyTo[0] must not be a vault of the environment itself: name its region (given "arn:aws:backup:us-east-1:111111111111:backup-vault:cruddur-messaging")',
      {
        account: "111111111111",
        ...backups({
          keepDays: 60,
          copyTo: ["arn:aws:backup:us-east-1:111111111111:backup-vault:cruddur-messaging"],
        }),
      },
    ],
    [
      'backups.vaultRegions[0] must not be the environment\'s own region, which has a vault anyway (given "ca-central-1")',
      backups({ keepDays: 60 }, { vaultRegions: ["ca-central-1"] }),
    ],
    [
      'cache.nodeType must be one of "dax.t3.small", "dax.t3.medium", "dax.r5.large", "dax.r5.xlarge", "dax.r5.2xlarge", "dax.r5.4xlarge", "dax.r5.8xlarge", "dax.r5.12xlarge", "dax.r5.16xlarge", "dax.r5.24xlarge" (given "dax.m5.large")',
      cache({ nodeType: "dax.m5.large" }),
    ],
    ["cache.nodes must be a whole number, 1 to 11 nodes (given 12)", cache({ nodes: 12 })],
    [
      "cache.nodes must be at most 6, 3 in each zone of the network: for more reads take a larger nodeType, or add zones (given 7)",
      cache({ nodes: 7 }),
    ],
    [
      "cache.nodes must be at most 9, 3 in each zone of the network: for more reads take a larger nodeType, or add zones (given 10)",
      {
        ...cache({ nodes: 10 }),
        network: {
          kind: "existing",
          vpcId: "vpc-0123456789abcdef0",
          subnetIds: ["0", "1", "2"].map((end) => `subnet-0123456789abcdef${end}`),
          routeTableIds: ["rtb-0123456789abcdef0"],
        },
      },
    ],
    [
      'cache.maintenanceWindow must be a window like "sun:05:00-sun:06:00" (given "sunday")',
      cache({ maintenanceWindow: "sunday" }),
    ],
    [
      'cache.clientSecurityGroupIds[0] must be a security group id like "sg-0123456789abcdef0" (given "clients")',
      cache({ clientSecurityGroupIds: ["clients"] }),
    ],
    [
      'cache.notifyTopicArn must be a topic of the environment\'s region, "arn:aws:sns:ca-central-1:…" (given "arn:aws:sns:us-east-1:111111111111:cache")',
      cache({ notifyTopicArn: "arn:aws:sns:us-east-1:111111111111:cache" }),
    ],
    ["cache.itemSeconds must be a whole number, 1 to 86400 seconds (given 0)", cache({ itemSeconds: 0 })],
    ["alarms.cacheErrors requires cache (given 5)", alarms({ cacheErrors: 5 })],
    [
      'tables.messages.pointInTimeRecoveryDays must be 1 to 35 with analytics: DynamoDB exports a table only where it has point-in-time recovery (given "off")',
      analytics({}, messages({ pointInTimeRecoveryDays: "off" })),
    ],
    [
      "account must be set with analytics, to the id of its account: who queries can't read the state bucket, where it would else be recorded (given nothing)",
      analytics({}, { account: undefined }),
    ],
    [
      'analytics.bucket must not be state.bucket: who queries may read what is in it (given "cruddur-messaging-dev-state")',
      analytics({ bucket: dev.state.bucket }),
    ],
    [
      'analytics.bucket must be a bucket name of 3 to 63 small letters, digits and "-" (given "Exports")',
      analytics({ bucket: "Exports" }),
    ],
    [
      "analytics.exportHour must be a whole number, 0 to 23 o'clock (given 24)",
      analytics({ exportHour: 24 }),
    ],
    ["analytics.keepDays must be a whole number, 2 to 365 days (given 1)", analytics({ keepDays: 1 })],
    [
      "analytics.maximumScannedMegabytes must be a whole number, 10 to 10000000 MB (given 9)",
      analytics({ maximumScannedMegabytes: 9 }),
    ],
    [
      "analytics.queriedBy must be a list of at least 1 ARNs, all different (given [])",
      analytics({ queriedBy: [] }),
    ],
    ["alarms.backupAgeDays requires a rule in backups.rules (given 2)", alarms({ backupAgeDays: 2 })],
    [
      "alarms.replicationLatencySeconds must be left out where no table has replicas (given 60)",
      alarms({ replicationLatencySeconds: 60 }),
    ],
    [
      "alarms.inboxDelaySeconds requires monitoring.inboxMetrics: true, whose metric it watches (given 60)",
      alarms({ inboxDelaySeconds: 60 }),
    ],
    [
      'alarms.notifyEmailAddresses[0] must be an e-mail address (given "on-call")',
      alarms({ notifyEmailAddresses: ["on-call"] }),
    ],
    [
      'alarms.pageTopicArns[0] must be a topic of the environment\'s region, "arn:aws:sns:ca-central-1:…": an alarm notifies no other (given "arn:aws:sns:us-east-1:111111111111:pager")',
      alarms({ pageTopicArns: ["arn:aws:sns:us-east-1:111111111111:pager"] }),
    ],
    [
      'alarms.pageTopicArns[1] must not be one of alarms.notifyTopicArns: it is notified of each of these alarms already (given "arn:aws:sns:ca-central-1:111111111111:chat")',
      alarms({
        notifyTopicArns: ["arn:aws:sns:ca-central-1:111111111111:chat"],
        pageTopicArns: ["pager", "chat"].map((name) => `arn:aws:sns:ca-central-1:111111111111:${name}`),
      }),
    ],
  ])("%s", (fault, change) => {
    expect(loadWith(change)).toThrow(new UserError(`config/environments/dev.ts: ${fault}`));
  });

  test("one bucket for the exports of two environments", () => {
    const both = {
      dev: { ...dev, ...analytics({}) },
      prod: { ...prod, ...analytics({}), tables: prod.tables },
    };
    expect(() => loadEnvironments(both as never)).toThrow(
      'config/environments/prod.ts: analytics.bucket must differ from analytics.bucket of config/environments/dev.ts (given "exports")',
    );
  });

  test("a cache of a protected environment that a failure and maintenance can take away", () => {
    expect(loadWith(cache({ nodes: 2 }), prod)).toThrow(
      "config/environments/prod.ts: cache.nodes must be at least 3 in a protected environment: one may fail while another one is maintained (given 2)",
    );
    expect(loadWith(cache({ nodes: 3 }), prod)).not.toThrow();
  });

  test("strong consistency across regions, with the reasons", () => {
    const strong = messages({ billing: onDemand, replicas: { "ca-west-1": replica }, consistency: "strong" });
    expect(loadWith(strong)).toThrow(
      /tables\.messages\.consistency must be "eventual": .* has no transactions, .*, and no time to live, .* \(given "strong"\)$/,
    );
  });

  test("others who read a table under a key that can't be theirs", () => {
    const shared = messages({ readers: [reader], encryption: "aws-managed" });
    expect(loadWith(shared)).toThrow('tables.messages.encryption must not be "aws-managed"');
  });

  test("a replica of a protected environment that isn't guarded itself", () => {
    const unguarded = { deletionProtection: false, pointInTimeRecovery: false };
    expect(loadWith(messages({ replicas: { "ca-west-1": unguarded } }, prod), prod)).toThrow(
      ["deletionProtection", "pointInTimeRecovery"]
        .map(
          (setting) =>
            `config/environments/prod.ts: tables.messages.replicas.ca-west-1.${setting} must be true in a protected environment (given false)`,
        )
        .join("\n"),
    );
  });
});
