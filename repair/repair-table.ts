import { paginateScan } from "@aws-sdk/client-dynamodb";
import { queryIndex, readMessages, type RowStore } from "../messaging/read-rows.ts";
import { Checkpoint } from "./checkpoint.ts";
import { type Repair, repairConversation } from "./repair-conversation.ts";
import { SCANNED_ATTRIBUTES, ScannedConversations, toScannedItem } from "./scanned-conversations.ts";

/** How a repair of a whole table is run. */
export interface TableRepair {
  readonly store: RowStore;
  /** Only reports what it would do. */
  readonly dryRun: boolean;
  /** Journal of this run. */
  readonly checkpointFile: string;
  /** Goes on where the journal ends. */
  readonly resume: boolean;
  /** Items that one call reads, 1 or more. */
  readonly itemsAtOnce: number;
  /** Called for each conversation in which something was wrong, once it is repaired. */
  readonly onRepair: (repair: Repair) => void;
  /** Called with the progress, after each page and each conversation. */
  readonly onProgress: (progress: { items: number; conversations: number; suspicious?: number }) => void;
}

/**
 * Repairs the rows of every conversation of a table, from the table alone. It scans the whole table once, consistently,
 * then examines and repairs the conversations that look wrong, one by one. It can be stopped at any time and resumed.
 *
 * @returns how many conversations there are.
 * @throws UserError when there is nothing to resume, or the client's error.
 */
export async function repairTable(run: TableRepair): Promise<number> {
  const { store, dryRun, checkpointFile, resume, onRepair, onProgress } = run;
  const checkpoint = resume
    ? await Checkpoint.resume(checkpointFile, store.tableName)
    : await Checkpoint.begin(checkpointFile, store.tableName);
  const { progress } = checkpoint;
  const seen = new ScannedConversations();
  for (const sighting of progress.sightings) seen.add(sighting);
  let items = progress.sightings.length;
  for await (const page of pages(run, progress)) {
    for (const sighting of page.sightings) seen.add(sighting);
    await checkpoint.read(page.sightings, page.cursor);
    items += page.sightings.length;
    onProgress({ items, conversations: seen.size });
  }
  const suspicious = [...seen.suspicious()].filter(
    ({ conversationUuid }) => !progress.repaired.has(conversationUuid),
  );
  for (const [index, { conversationUuid, suspects }] of suspicious.entries()) {
    const repair = await repairConversation(store, conversationUuid, suspects, dryRun);
    if (repair.changes.length + repair.left.length > 0) onRepair(repair);
    if (!dryRun && repair.left.length === 0) await checkpoint.repaired(conversationUuid);
    onProgress({ items, conversations: seen.size, suspicious: suspicious.length - index - 1 });
  }
  await checkpoint.end();
  return seen.size;
}

/** Repairs the rows of one conversation, without reading the whole table. */
export async function repairOne(store: RowStore, conversationUuid: string, dryRun = false): Promise<Repair> {
  // The index may be behind, so this is only a start; the rows name the other members.
  const suspects = new Set((await queryIndex(store, conversationUuid)).keys());
  const sendersOnly = { ProjectionExpression: "user_uuid" };
  for await (const { user_uuid: sender } of readMessages(store, conversationUuid, sendersOnly))
    if (sender?.S) suspects.add(sender.S);
  return repairConversation(store, conversationUuid, suspects, dryRun);
}

/** The pages of the scan that are still to be read. */
async function* pages({ store, itemsAtOnce }: TableRepair, { cursor }: Checkpoint["progress"]) {
  if (cursor === "end") return;
  const scan = {
    TableName: store.tableName,
    ConsistentRead: true,
    Limit: itemsAtOnce,
    ProjectionExpression: SCANNED_ATTRIBUTES.join(", "),
    ...(cursor && { ExclusiveStartKey: { pk: { S: cursor.pk }, sk: { S: cursor.sk } } }),
  };
  for await (const { Items = [], LastEvaluatedKey } of paginateScan({ client: store.client }, scan)) {
    const { pk, sk } = LastEvaluatedKey ?? {};
    yield {
      sightings: Items.flatMap((item) => toScannedItem(item) ?? []),
      cursor: pk?.S !== undefined && sk?.S !== undefined ? { pk: pk.S, sk: sk.S } : undefined,
    };
  }
}
