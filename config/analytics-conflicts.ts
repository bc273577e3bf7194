import type { ValidSettings, Violation } from "./valid-settings.ts";

/** Finds settings of the analytics that conflict with those of the environment. */
export const findAnalyticsConflicts = (settings: ValidSettings): Violation[] =>
  settings.analytics === undefined
    ? []
    : [...findNoRecovery(settings), ...findNoAccount(settings), ...findStateBucket(settings)];

function findNoRecovery({ tables }: ValidSettings): Violation[] {
  if (tables?.messages?.pointInTimeRecoveryDays !== "off") return [];
  const rule =
    "must be 1 to 35 with analytics: DynamoDB exports a table only where it has point-in-time recovery";
  return [{ path: ["tables", "messages", "pointInTimeRecoveryDays"], rule }];
}

function findNoAccount({ account }: ValidSettings): Violation[] {
  if (account !== undefined) return [];
  const rule =
    "must be set with analytics, to the id of its account: who queries can't read the state bucket, where it would else be recorded";
  return [{ path: ["account"], rule }];
}

function findStateBucket({ analytics, state }: ValidSettings): Violation[] {
  if (analytics?.bucket === undefined || analytics.bucket !== state?.bucket) return [];
  const rule = "must not be state.bucket: who queries may read what is in it";
  return [{ path: ["analytics", "bucket"], rule }];
}
