import type { EnvironmentLiteral } from "../../config/environment.ts";
import { devLiteral } from "./environments.ts";

const scaled = (maximum: number) => ({ targetPercent: 70, minimum: 5, maximum });

/** An environment with everything on that can be on at the same time. */
export const everythingLiteral: EnvironmentLiteral = {
  ...devLiteral,
  pipeline: { repository: "cruddur/infrastructure" },
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
      tableClass: "standard-infrequent-access",
      timeToLiveAttribute: "expires",
    },
    users: {
      ...devLiteral.tables.users,
      billing: { mode: "autoscaled", read: scaled(50), write: scaled(50) },
    },
  },
};
