import { setTimeout as sleep } from "node:timers/promises";
import type { ConsumedCapacity, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Billing, unitsOf as settingOf } from "../config/billing-settings.ts";

/** Maximum capacity units a second unless an option says otherwise. */
const MAXIMUM_DEFAULT_RATE = 100;

/** Half of a table's capacity, of the least that the scaler sets where it is autoscaled, up to the maximum. */
export function defaultRate(billing: Billing): number {
  const units = (kind: "read" | "write") => settingOf(billing, kind, "minimum") ?? Infinity;
  return Math.min(MAXIMUM_DEFAULT_RATE, units("read") / 2, units("write") / 2);
}

/** Small items that one unit reads, roughly. */
const ITEMS_PER_UNIT = 10;

/** How many items to read at once, so that a page is about one second of a rate. */
export const itemsAtOnce = (rate: number): number => Math.min(1_000, Math.ceil(rate * ITEMS_PER_UNIT));

/**
 * Limits the DynamoDB capacity that a client consumes, so that the application keeps the rest: after each call, the next
 * one waits until the consumed units are within the limit.
 *
 * @param unitsPerSecond read and write units together, more than 0.
 */
export function limitCapacity(client: DynamoDBClient, unitsPerSecond: number): void {
  let free = Date.now();
  client.middlewareStack.add(
    (next) => async (call) => {
      await sleep(Math.max(0, free - Date.now()));
      const answer = await next({
        ...call,
        input: { ...call.input, ReturnConsumedCapacity: "TOTAL" },
      });
      free = Math.max(free, Date.now()) + (1_000 * unitsOf(answer.output)) / unitsPerSecond;
      return answer;
    },
    { step: "initialize", name: "limitCapacity" },
  );
}

/** The read and write units that a call consumed, from its answer. */
export function unitsOf(output: object): number {
  const { ConsumedCapacity = [] } = output as { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] };
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
