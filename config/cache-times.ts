import type { TimesToLive } from "../messaging/cache/staleness.ts";
import type { Environment } from "./environment.ts";

const DEFAULTS: TimesToLive = { item: 300, query: 5 };

/** For how many seconds each cache of an environment answers. */
export const timesToLive = ({
  itemSeconds = DEFAULTS.item,
  querySeconds = DEFAULTS.query,
}: Pick<NonNullable<Environment["cache"]>, "itemSeconds" | "querySeconds">): TimesToLive => ({
  item: itemSeconds,
  query: querySeconds,
});
