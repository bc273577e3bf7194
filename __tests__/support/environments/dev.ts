import type { EnvironmentLiteral } from "../../../config/environment.ts";

const table = {
  deletionProtection: false,
  preventDestroy: false,
  pointInTimeRecoveryDays: "off",
  encryption: "customer-managed",
} as const;

/** The tests' dev environment. */
export const dev: EnvironmentLiteral = {
  name: "dev",
  region: "ca-central-1",
  nameSuffix: "",
  protected: false,
  network: { kind: "own", cidr: "10.10.0.0/16", zones: ["ca-central-1a", "ca-central-1b"] },
  tables: {
    messages: { ...table, billing: { mode: "provisioned", readUnits: 5, writeUnits: 5 } },
    users: { ...table, billing: { mode: "provisioned", readUnits: 10, writeUnits: 5 } },
  },
  trigger: {
    enabled: true,
    batchSize: 100,
    batchingWindowSeconds: 0,
    parallelizationFactor: 2,
    maximumRetryAttempts: 10,
    maximumRecordAgeSeconds: 3_600,
    bisectBatchOnFunctionError: true,
    deadLetterRetentionDays: 14,
  },
  function: { memoryMegabytes: 256, timeoutSeconds: 30, logRetentionDays: 14 },
  alarms: { iteratorAgeSeconds: 300 },
  state: { bucket: "cruddur-messaging-dev-state" },
};
