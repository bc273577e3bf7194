import { createHash } from "node:crypto";
import { isCanaryItem, type ItemKind, kindOfItem } from "../../messaging/item-kinds.ts";
import type { TableName } from "../../messaging/tables.ts";
import type { Comparison, ItemKey, LoneItem } from "../compare/comparison.ts";

/** The items that are copied from a restored table to the live one. Contains keys only. */
export interface CopyPlan {
  readonly table: TableName;
  /** Physical name of the restored table. */
  readonly restored: string;
  /** Physical name of the live table. */
  readonly live: string;
  /** In the order in which they are copied. */
  readonly keys: readonly ItemKey[];
  /** Sha256 of the tables' names and the keys: what is approved. */
  readonly digest: string;
}

/** Why items that only the restored table has are not copied. */
export interface LeftItems {
  /** Rows whose member has another one of that conversation in the live table. */
  readonly moved: number;
  /** Items of smoke tests. */
  readonly canary: number;
  /** Items that the project knows nothing of. */
  readonly other: number;
}

/**
 * In this order: the stream function looks for the rows of a conversation when a message is copied, so the rows are there
 * before it.
 */
const COPIED_KINDS: readonly ItemKind[] = ["memberLists", "conversationRows", "messages", "users"];

/**
 * Plans what is copied back of the items that only the restored table has: messages, lists of members and users; and
 * conversation rows of members who have no row of that conversation in the live table.
 */
export function planCopy(comparison: Comparison): { readonly plan: CopyPlan; readonly left: LeftItems } {
  const { table, restored, live, onlyRestored } = comparison;
  const kinds = COPIED_KINDS.map((kind) => [kind, [] as ItemKey[]] as const);
  const byKind = new Map<ItemKind, ItemKey[]>(kinds);
  const left = { moved: 0, canary: 0, other: 0 };
  for (const item of onlyRestored) {
    const { partition, sort } = item;
    const why = whyLeft(table, item);
    if (why) left[why] += 1;
    else byKind.get(kindOfItem(table, partition))?.push({ partition, sort });
  }
  const tables = { table, restored: restored.tableName, live: live.tableName };
  const keys = [...byKind.values()].flat();
  return { plan: { ...tables, keys, digest: copyDigest({ ...tables, keys }) }, left };
}

function whyLeft(table: TableName, { partition, moved }: LoneItem): keyof LeftItems | undefined {
  if (moved) return "moved";
  if (table === "messages" && isCanaryItem(partition)) return "canary";
  return kindOfItem(table, partition) === "other" ? "other" : undefined;
}

/** The digest of a plan. */
export function copyDigest({ table, restored, live, keys }: Omit<CopyPlan, "digest">): string {
  const hash = createHash("sha256").update(JSON.stringify([table, restored, live]));
  for (const { partition, sort } of keys) hash.update(JSON.stringify([partition, sort]));
  return hash.digest("hex");
}
