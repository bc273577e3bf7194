import { App } from "cdktf";
import { environmentSchema, type EnvironmentLiteral } from "../../config/environment.ts";
import { prod } from "../../config/environments/prod.ts";
import { MessagingStack } from "../../stacks/messaging-stack.ts";
import type { Resources } from "./stack-picture.ts";

/** An environment with all that can be monitored. */
const everythingMonitored: EnvironmentLiteral = {
  ...prod,
  pipeline: { repository: "owner/name" },
  tables: {
    messages: {
      ...prod.tables.messages,
      billing: { mode: "on-demand", maximumReadUnits: 4_000, maximumWriteUnits: 4_000 },
      replicas: { "us-east-1": { deletionProtection: true, pointInTimeRecovery: true } },
    },
    users: { ...prod.tables.users, billing: { mode: "provisioned", readUnits: 10, writeUnits: 5 } },
  },
  alarms: {
    iteratorAgeSeconds: 300,
    functionErrors: 2,
    functionThrottles: 0,
    functionDurationPercent: 80,
    throttledReads: 10,
    throttledWrites: 10,
    systemErrors: 5,
    transactionConflicts: 100,
    consumedCapacityPercent: 80,
    accountCapacityPercent: 80,
    replicationLatencySeconds: 60,
    inboxDelaySeconds: 60,
    backupAgeDays: 2,
    cacheErrors: 5,
    cacheEvictedMegabytes: 100,
    cacheCpuPercent: 80,
    cacheMissPercent: 50,
  },
  backups: {
    rules: { daily: { cron: "0 5 * * ? *", keepDays: 35, copyTo: ["us-east-1"] } },
    vaultRegions: ["us-east-1"],
  },
  cache: { nodeType: "dax.r5.large", nodes: 3 },
  analytics: {
    bucket: "cruddur-messaging-exports",
    keepDays: 30,
    maximumScannedMegabytes: 1_000,
    queriedBy: ["arn:aws:iam::222222222222:root"],
  },
  monitoring: { dashboard: true, inboxMetrics: true },
};

/** The resources of the messaging stack of an environment with all that can be monitored. */
export function resourcesMonitored(): Resources {
  const stack = new MessagingStack(new App(), environmentSchema.parse(everythingMonitored));
  stack.prepareStack();
  return (stack.toTerraform() as { resource: Resources }).resource;
}
