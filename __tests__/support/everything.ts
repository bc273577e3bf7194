import type { EnvironmentLiteral } from "../../config/environment.ts";
import { devLiteral } from "./environments.ts";
import { everythingAlarmed } from "./everything-alarmed.ts";

const { tables } = everythingAlarmed;
const scaled = (maximum: number) => ({ targetPercent: 70, minimum: 5, maximum });
const reader = (name: string) => `arn:aws:iam::111111111111:role/${name}`;

/** An environment with nothing on that can be off. */
export const nothingLiteral: EnvironmentLiteral = {
  ...devLiteral,
  pipeline: { repository: "cruddur/infrastructure" },
};

/** The same environment with everything on: what excludes each other is on in one table each. */
export const everythingLiteral: EnvironmentLiteral = {
  ...everythingAlarmed,
  pipeline: { repository: "cruddur/infrastructure" },
  // So that its replicas can be removed.
  formerRegions: ["us-east-1"],
  monitoring: { dashboard: true, inboxMetrics: true },
  tables: {
    messages: {
      ...devLiteral.tables.messages,
      billing: {
        mode: "autoscaled",
        read: scaled(100),
        write: {
          targetPercent: 50,
          schedules: {
            day: { cron: "0 7 * * ? *", timezone: "America/Toronto", minimum: 20, maximum: 400 },
            night: { cron: "0 23 * * ? *", timezone: "America/Toronto", minimum: 5, maximum: 100 },
          },
        },
        indexes: { "message-group-sk-index": { read: scaled(50), write: scaled(200) } },
      },
      // For analytics.
      pointInTimeRecoveryDays: 7,
      tableClass: "standard-infrequent-access",
      timeToLiveAttribute: "expires",
      contributorInsights: true,
      readers: [reader("analytics")],
      streamReaders: [reader("search")],
      deletionOnlyByDeployRole: true,
    },
    users: {
      ...tables.users,
      billing: {
        mode: "on-demand",
        maximumReadUnits: 1_000,
        maximumWriteUnits: 500,
      },
      replicas: { "us-east-1": { deletionProtection: false, pointInTimeRecovery: false } },
    },
  },
};

/** The settings that are on in one of the two environments alone, by their paths; of the alarms, all at once. */
export const optionalSettings = [
  "tables.messages.billing",
  "tables.messages.tableClass",
  "tables.messages.timeToLiveAttribute",
  "tables.messages.contributorInsights",
  "tables.messages.readers",
  "tables.messages.streamReaders",
  "tables.messages.deletionOnlyByDeployRole",
  "tables.users.billing",
  "tables.users.replicas",
  "monitoring.dashboard",
  "monitoring.inboxMetrics",
  "backups",
  "cache",
  "analytics",
  "alarms",
] as const;

export type OptionalSetting = (typeof optionalSettings)[number];

type Settings = Readonly<Record<string, unknown>> | undefined;

/** An environment with one setting of another one, by its path. */
export const withSettingOf = (other: EnvironmentLiteral, setting: string, literal: EnvironmentLiteral) =>
  replaced(literal, other, setting.split(".")) as unknown as EnvironmentLiteral;

function replaced(settings: Settings, others: Settings, [name = "", ...rest]: readonly string[]): Settings {
  const [own, other] = [settings?.[name], others?.[name]];
  return {
    ...settings,
    [name]: rest.length === 0 ? other : replaced(own as Settings, other as Settings, rest),
  };
}
