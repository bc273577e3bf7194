import { ITEM_KINDS, type ItemKind, kindOfItem } from "../../messaging/item-kinds.ts";
import type { TableName } from "../../messaging/tables.ts";

/** The key of an item of either table. */
export interface ItemKey {
  readonly partition: string;
  readonly sort: string;
}

/** An item that only one of the two tables has. */
export interface LoneItem extends ItemKey {
  /**
   * It is a conversation row, and the other table has another row of that member and conversation: a row gets another
   * key whenever its conversation moves, so it is not lost.
   */
  readonly moved: boolean;
}

/** One of the compared tables. */
export interface Side {
  readonly tableName: string;
  readonly items: number;
  readonly readUnits: number;
}

/** What a table and its restored copy have in common, and what not. Contains keys only. The keys are in order. */
export interface Comparison {
  readonly table: TableName;
  readonly restored: Side;
  readonly live: Side;
  readonly onlyRestored: readonly LoneItem[];
  readonly onlyLive: readonly LoneItem[];
  /** In both, with other attributes. */
  readonly different: readonly ItemKey[];
}

/** How many items of a kind differ, and in what. */
export interface KindCounts {
  /** Only in the restored table, the moved rows not counted. */
  readonly onlyRestored: number;
  /** Only in the live table, the moved rows not counted. */
  readonly onlyLive: number;
  readonly different: number;
  /** Rows of the restored table that are elsewhere in the live one. */
  readonly moved: number;
}

/** The counts of each kind in which something differs. */
export function countByKind({
  table,
  onlyRestored,
  onlyLive,
  different,
}: Comparison): Map<ItemKind, KindCounts> {
  const counts = new Map<ItemKind, Record<keyof KindCounts, number>>();
  const count = (items: readonly ItemKey[], as: keyof KindCounts) => {
    for (const { partition } of items) {
      const kind = kindOfItem(table, partition);
      const ofKind = counts.get(kind) ?? { onlyRestored: 0, onlyLive: 0, different: 0, moved: 0 };
      ofKind[as] += 1;
      counts.set(kind, ofKind);
    }
  };
  const inPlace = (items: readonly LoneItem[]) => items.filter(({ moved }) => !moved);
  count(inPlace(onlyRestored), "onlyRestored");
  count(inPlace(onlyLive), "onlyLive");
  count(different, "different");
  count(
    onlyRestored.filter(({ moved }) => moved),
    "moved",
  );
  return new Map(
    ITEM_KINDS.flatMap((kind) => {
      const ofKind = counts.get(kind);
      return ofKind ? [[kind, ofKind] as const] : [];
    }),
  );
}
