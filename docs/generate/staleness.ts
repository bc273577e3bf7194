import { timesToLive } from "../../config/cache-times.ts";
import type { AccessPattern } from "../../messaging/access-patterns.ts";
import { cacheOf, staleness } from "../../messaging/cache/staleness.ts";
import { cell, table } from "./markdown.ts";

const SETTINGS = { item: "itemSeconds", query: "querySeconds" } as const;

/** What each access pattern reads through, and how stale it may be, a row each. */
export function stalenessTable(): string {
  const times = timesToLive({});
  const rows = (Object.keys(staleness) as AccessPattern[]).map((pattern) => {
    const { seconds, why } = staleness[pattern];
    const cache = cacheOf(pattern, times);
    return [
      `\`${pattern}\``,
      cache === undefined ? "the table" : `the ${cache} cache`,
      cache === undefined ? "" : `\`${SETTINGS[cache]}\`: ${times[cache]} seconds by default`,
      seconds === 0 ? "nothing" : `${seconds} seconds`,
      cell(why),
    ];
  });
  return table(["access pattern", "goes to", "is as stale as", "bears", "why"], rows);
}
