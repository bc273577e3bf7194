import type { Environment } from "./environment.ts";

type Analytics = Pick<NonNullable<Environment["analytics"]>, "exportHour">;

const HOUR_MILLISECONDS = 3_600_000;

/** The hour of the daily export, in UTC. */
export const exportHour = ({ exportHour: hour = 5 }: Analytics): number => hour;

/** For how long an export may take. Then queries expect it to be complete. */
export const EXPORT_HOURS = 2;

/** When the export was due that queries see at a time: the newest one that has had its time to complete. */
export function newestExport(analytics: Analytics, now: Date): Date {
  const hour = exportHour(analytics);
  const due = new Date(now.getTime() - (hour + EXPORT_HOURS) * HOUR_MILLISECONDS);
  due.setUTCHours(hour, 0, 0, 0);
  return due;
}
