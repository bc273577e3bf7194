import type { EnvironmentLiteral } from "../environment.ts";

const table = {
  deletionProtection: true,
  preventDestroy: true,
  pointInTimeRecoveryDays: 35,
  encryption: "customer-managed",
} as const;

/** Users' conversations: protected against deletion, restorable to any second of the last 35 days. */
export const prod: EnvironmentLiteral = {
  name: "prod",
  region: "ca-central-1",
  // Replace it by the id of your own account before you deploy to AWS. `npm start` takes any: its accounts are made up.
  account: "222222222222",
  nameSuffix: "",
  protected: true,
  network: {
    kind: "own",
    cidr: "10.20.0.0/16",
    zones: ["ca-central-1a", "ca-central-1b", "ca-central-1d"],
  },
  tables: {
    messages: {
      ...table,
      billing: { mode: "on-demand", maximumReadUnits: 4_000, maximumWriteUnits: 4_000 },
    },
    users: { ...table, billing: { mode: "on-demand", maximumReadUnits: 1_000, maximumWriteUnits: 500 } },
  },
  trigger: {
    enabled: true,
    batchSize: 100,
    batchingWindowSeconds: 1,
    parallelizationFactor: 10,
    maximumRetryAttempts: 100,
    maximumRecordAgeSeconds: 21_600,
    bisectBatchOnFunctionError: true,
    deadLetterRetentionDays: 14,
  },
  function: { memoryMegabytes: 512, timeoutSeconds: 60, logRetentionDays: 90 },
  alarms: { iteratorAgeSeconds: 300 },
  state: { bucket: "cruddur-messaging-prod-state" },
};
