import type { EnvironmentLiteral } from "../../config/environment.ts";
import { devLiteral } from "./environments.ts";

/** A topic of the tests' account and region. */
export const topicArn = (name: string) => `arn:aws:sns:ca-central-1:111111111111:${name}`;

const { tables } = devLiteral;

/** Dev with every alarm, who is told of them, Contributor Insights, backups, a cache and analytics. */
export const everythingAlarmed: EnvironmentLiteral = {
  ...devLiteral,
  // For analytics.
  account: "111111111111",
  tables: {
    // A table with replicas is on demand.
    messages: {
      ...tables.messages,
      billing: { mode: "on-demand", maximumReadUnits: 4_000, maximumWriteUnits: 2_000 },
      pointInTimeRecoveryDays: 7,
      contributorInsights: true,
      replicas: { "us-east-1": { deletionProtection: false, pointInTimeRecovery: false } },
    },
    users: { ...tables.users, contributorInsights: true },
  },
  monitoring: { inboxMetrics: true },
  backups: {
    rules: {
      daily: { cron: "0 5 * * ? *", timezone: "America/Toronto", keepDays: 35, copyTo: ["us-east-1"] },
      monthly: { cron: "0 6 1 * ? *", keepDays: 365, coldStorageAfterDays: 30 },
    },
    vaultRegions: ["us-east-1"],
    lock: { minimumDays: 7, maximumDays: 400 },
  },
  cache: {
    nodeType: "dax.t3.small",
    nodes: 3,
    itemSeconds: 60,
    querySeconds: 5,
    maintenanceWindow: "mon:04:00-mon:05:00",
    clientSecurityGroupIds: ["sg-0123456789abcdef0"],
    notifyTopicArn: topicArn("cache"),
  },
  analytics: {
    bucket: "cruddur-messaging-dev-exports",
    exportHour: 5,
    keepDays: 30,
    maximumScannedMegabytes: 1_000,
    queriedBy: ["arn:aws:iam::111111111111:role/analyst"],
  },
  alarms: {
    iteratorAgeSeconds: 300,
    functionErrors: 2,
    functionThrottles: 0,
    functionDurationPercent: 80,
    throttledReads: 5,
    throttledWrites: 6,
    systemErrors: 1,
    transactionConflicts: 100,
    consumedCapacityPercent: 75,
    accountCapacityPercent: 70,
    replicationLatencySeconds: 30,
    inboxDelaySeconds: 60,
    backupAgeDays: 2,
    cacheErrors: 5,
    cacheEvictedMegabytes: 100,
    cacheCpuPercent: 80,
    cacheMissPercent: 50,
    notifyTopicArns: [topicArn("chat")],
    notifyEmailAddresses: ["on-call@example.com", "platform@example.com"],
    pageTopicArns: [topicArn("pager")],
  },
};
