import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { projectFolder } from "../config/project-folder.ts";
import { defaultRate, itemsAtOnce, limitCapacity } from "../repair/capacity-limit.ts";
import { everyFewSeconds } from "../repair/every-few-seconds.ts";
import { compareTables } from "./compare/compare-tables.ts";
import type { Comparison } from "./compare/comparison.ts";
import type { RestoredFrom } from "./restored-from.ts";

/** How a comparison or a copy uses the tables. */
export interface Use {
  /** Capacity units a second. Default: half of the table's, at most 100. */
  readonly rate: number | undefined;
  readonly onProgress: (message: string) => void;
}

/** The folder of a restore's journals and plans. */
export const restoreFolder = (name: string) => join(projectFolder, ".local", "restore", name);

/** A client of its own whose capacity is limited. */
export function limitedClient(from: RestoredFrom, use: Use): DynamoDBClient {
  const client = new DynamoDBClient({ ...from.access.client, maxAttempts: 10 });
  limitCapacity(client, rateOf(from, use));
  return client;
}

const rateOf = ({ environment, table }: RestoredFrom, { rate }: Use) =>
  rate ?? defaultRate(environment.tables[table].billing);

/** Compares a restored copy with the live table. If it was stopped before, it goes on where it stopped. */
export async function compareWithLive(from: RestoredFrom, name: string, use: Use): Promise<Comparison> {
  const rate = rateOf(from, use);
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
      itemsAtOnce: itemsAtOnce(rate),
      onProgress: ({ tableName, items, readUnits }) => {
        onProgress(`${tableName}: ${items} items, ${readUnits} read units`);
      },
    });
  } finally {
    client.destroy();
  }
}
