import { type AttributeValue, type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { kindOfItem } from "../../messaging/item-kinds.ts";
import { type TableName, tableShapes } from "../../messaging/tables.ts";
import { unitsOf } from "../../repair/capacity-limit.ts";
import { ComparisonJournal, type ScannedItem, type ScannedPage } from "./comparison-journal.ts";
import type { Comparison } from "./comparison.ts";
import { findDifferences } from "./find-differences.ts";
import { digestOf } from "./item-digest.ts";

/** How two tables are compared. */
export interface TableComparison {
  /** Its capacity is limited by the caller. */
  readonly client: DynamoDBClient;
  readonly table: TableName;
  /** Physical name of the restored table. */
  readonly restored: string;
  /** Physical name of the live table. */
  readonly live: string;
  /** Journal of this run: keys and digests of items, about 100 bytes for each. */
  readonly journalFile: string;
  /** Items that one call reads, 1 or more. */
  readonly itemsAtOnce: number;
  /** Called after each page of a table. */
  readonly onProgress: (progress: { tableName: string; items: number; readUnits: number }) => void;
}

/** Items of both tables that are compared in memory at once. */
const ITEMS_IN_MEMORY = 1_000_000;

/**
 * Compares a restored table with the live one: reads both once, whole. The restored table, which nobody writes, is read
 * eventually consistently; the live one consistently, so that what was written before the comparison is seen, such as
 * items that were just copied back. What is written to it meanwhile may be seen or not.
 *
 * It can be stopped at any time; within a day, the next comparison of the two goes on where it stopped. Memory: about 500 bytes for each item, of a million items at most, and 300
 * bytes for each difference.
 *
 * @throws the client's error.
 */
export async function compareTables(run: TableComparison): Promise<Comparison> {
  const { table, restored, live, journalFile } = run;
  const journal = await ComparisonJournal.open(journalFile, restored, live);
  await scan(run, journal, "restored");
  await scan(run, journal, "live");
  const { progress } = journal;
  const parts = Math.max(1, Math.ceil((progress.restored.items + progress.live.items) / ITEMS_IN_MEMORY));
  const differences = await findDifferences(() => journal.pages(), parts);
  await journal.end();
  const sideOf = (side: ScannedPage["side"]) => {
    const { items, readUnits } = progress[side];
    return { tableName: run[side], items, readUnits };
  };
  return { table, restored: sideOf("restored"), live: sideOf("live"), ...differences };
}

/** Reads what is left of a table into the journal. */
async function scan(
  run: TableComparison,
  journal: ComparisonJournal,
  side: ScannedPage["side"],
): Promise<void> {
  const { client, table, itemsAtOnce, onProgress } = run;
  const { partitionKey, sortKey } = tableShapes[table];
  const progress = journal.progress[side];
  if (progress.cursor === "end") return;
  const input = {
    TableName: run[side],
    ConsistentRead: side === "live",
    Limit: itemsAtOnce,
    ReturnConsumedCapacity: "TOTAL" as const,
    ...(progress.cursor && {
      ExclusiveStartKey: { [partitionKey]: { S: progress.cursor[0] }, [sortKey]: { S: progress.cursor[1] } },
    }),
  };
  for await (const page of paginateScan({ client }, input)) {
    const last = page.LastEvaluatedKey;
    await journal.add({
      side,
      items: (page.Items ?? []).map((item) => toScannedItem(table, item)),
      readUnits: unitsOf(page),
      ...(last && { cursor: [last[partitionKey]?.S ?? "", last[sortKey]?.S ?? ""] }),
    });
    onProgress({ tableName: run[side], items: progress.items, readUnits: progress.readUnits });
  }
}

function toScannedItem(table: TableName, item: Readonly<Record<string, AttributeValue>>): ScannedItem {
  const { partitionKey, sortKey } = tableShapes[table];
  const [partition, sort] = [item[partitionKey]?.S ?? "", item[sortKey]?.S ?? ""];
  const isRow = kindOfItem(table, partition) === "conversationRows";
  const conversation = isRow ? item["message_group_uuid"]?.S : undefined;
  const scanned = [partition, sort, digestOf(item)] as const;
  return conversation === undefined ? [...scanned] : [...scanned, conversation];
}
