import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { INBOX_PREFIX, messagesKey } from "../messaging/items.ts";
import type { RowStore } from "../messaging/move-conversation.ts";
import { CONVERSATION_INDEX } from "../messaging/tables.ts";
import { Checkpoint, type Cursor, type Progress } from "./checkpoint.ts";
import { read } from "./examine-conversation.ts";
import { type Repair, repairConversation } from "./repair-conversation.ts";
import {
  SCANNED_ATTRIBUTES,
  ScannedConversations,
  type ScannedItem,
  toScannedItem,
} from "./scanned-conversations.ts";

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
  const { checkpoint, progress } = resume
    ? await Checkpoint.resume(checkpointFile, store.tableName)
    : { checkpoint: await Checkpoint.begin(checkpointFile, store.tableName), progress: nothingYet };
  const seen = new ScannedConversations();
  for (const sighting of progress.sightings) seen.add(sighting);
  let items = progress.sightings.length;
  for await (const page of pages(run, progress.cursor)) {
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
  const suspects = new Set<string>();
  // The index may be behind, so this is only a start; the rows name the other members.
  const rows = {
    IndexName: CONVERSATION_INDEX,
    ConsistentRead: false,
    KeyConditionExpression: "message_group_uuid = :conversation",
    ExpressionAttributeValues: { ":conversation": { S: conversationUuid } },
  };
  for await (const { pk } of read(store, rows)) suspects.add((pk?.S ?? "").slice(INBOX_PREFIX.length));
  const messages = {
    KeyConditionExpression: "pk = :messages",
    ExpressionAttributeValues: { ":messages": { S: messagesKey(conversationUuid) } },
    ProjectionExpression: "user_uuid",
  };
  for await (const { user_uuid: sender } of read(store, messages)) if (sender?.S) suspects.add(sender.S);
  return repairConversation(store, conversationUuid, suspects, dryRun);
}

const nothingYet: Progress = { sightings: [], repaired: new Set() };

async function* pages(
  { store, itemsAtOnce }: TableRepair,
  begin: Progress["cursor"],
): AsyncGenerator<{ sightings: ScannedItem[]; cursor: Cursor | undefined }> {
  let from = begin;
  while (from !== "end") {
    const page = await store.client.send(
      new ScanCommand({
        TableName: store.tableName,
        ConsistentRead: true,
        Limit: itemsAtOnce,
        ProjectionExpression: SCANNED_ATTRIBUTES.join(", "),
        ...(from && { ExclusiveStartKey: { pk: { S: from.pk }, sk: { S: from.sk } } }),
      }),
    );
    const { pk, sk } = page.LastEvaluatedKey ?? {};
    const cursor = pk?.S !== undefined && sk?.S !== undefined ? { pk: pk.S, sk: sk.S } : undefined;
    yield { sightings: (page.Items ?? []).flatMap((item) => toScannedItem(item) ?? []), cursor };
    from = cursor ?? "end";
  }
}
