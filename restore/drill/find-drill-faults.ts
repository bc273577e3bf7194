import { isCanaryItem, kindOfItem } from "../../messaging/item-kinds.ts";
import type { Comparison } from "../compare/comparison.ts";

/** A message's time is said by its writer, some time before DynamoDB has it. */
const MARGIN_MILLISECONDS = 60_000;

/**
 * What a restore lacks, a sentence each. Meanwhile messages are sent, rows move and users delete things, so only this is
 * certain: a message that the live table has from before the point was there at that time.
 * @param time the point in time that was restored.
 */
export function findDrillFaults({ table, restored, live, onlyLive }: Comparison, time: Date): string[] {
  const before = new Date(time.getTime() - MARGIN_MILLISECONDS).toISOString();
  const missing = onlyLive.filter(
    ({ partition, sort }) =>
      kindOfItem(table, partition) === "messages" && !isCanaryItem(partition) && sort < before,
  );
  return [
    ...(missing.length === 0
      ? []
      : [`${missing.length} messages that are older than the restored time are missing`]),
    ...(restored.items === 0 && live.items > 0
      ? [`it is empty, and the live table has ${live.items} items`]
      : []),
  ];
}
