import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { projectFolder } from "../config/project-folder.ts";
import { defaultRate, limitCapacity } from "../repair/capacity-limit.ts";
import { compareTables } from "./compare/compare-tables.ts";
import type { Comparison } from "./compare/comparison.ts";
import type { RestoredFrom } from "./restored-from.ts";

/** How a comparison or a copy uses the tables. */
export interface Use {
  /** Capacity units a second. Default: half of the table's, at most 100. */
  readonly rate: number | undefined;
  readonly onProgress: (message: string) => void;
}

const PROGRESS_MILLISECONDS = 2_000;

/** Small items that one unit reads, roughly; a page is then about one second of the rate. */
const ITEMS_PER_UNIT = 10;

/** The folder of a restore's journals and plans. */
export const restoreFolder = (name: string) => join(projectFolder, ".local", "restore", name);

/** A client of its own whose capacity is limited. */
export function limitedClient({ environment, table, access }: RestoredFrom, { rate }: Use): DynamoDBClient {
  const client = new DynamoDBClient({ ...access.client, maxAttempts: 10 });
  limitCapacity(client, rate ?? defaultRate(environment.tables[table].billing));
  return client;
}

/** Compares a restored copy with the live table. If it was stopped before, it goes on where it stopped. */
export async function compareWithLive(from: RestoredFrom, name: string, use: Use): Promise<Comparison> {
  const rate = use.rate ?? defaultRate(from.environment.tables[from.table].billing);
  const client = limitedClient(from, use);
  use.onProgress(`Comparing ${name} with ${from.live}, at ${rate} capacity units a second`);
  const onProgress = everyFewSeconds(use.onProgress);
  try {
    return await compareTables({
      client,
      table: from.table,
      restored: name,
      live: from.live,
      journalFile: join(restoreFolder(name), "comparison.jsonl"),
      itemsAtOnce: Math.min(1_000, Math.ceil(rate * ITEMS_PER_UNIT)),
      onProgress: ({ tableName, items, readUnits }) => {
        onProgress(`${tableName}: ${items} items, ${readUnits} read units`);
      },
    });
  } finally {
    client.destroy();
  }
}

/** Passes on a message now and then. */
export function everyFewSeconds(say: (message: string) => void): (message: string) => void {
  let said = Date.now();
  return (message) => {
    if (Date.now() < said + PROGRESS_MILLISECONDS) return;
    said = Date.now();
    say(message);
  };
}
