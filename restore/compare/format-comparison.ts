import type { ItemKind } from "../../messaging/item-kinds.ts";
import { type TableName, tableShapes } from "../../messaging/tables.ts";
import { type Comparison, countByKind, type ItemKey, type KindCounts, type LoneItem } from "./comparison.ts";

/** Keys of each kind of difference that the text shows. */
const KEYS_SHOWN = 10;

/** The kinds of items as a person reads them. */
export const KIND_NAMES: Readonly<Record<ItemKind, string>> = {
  messages: "messages",
  conversationRows: "conversation rows",
  memberLists: "lists of members",
  users: "users",
  other: "other items",
};

/** A comparison as a person reads it: counts, and the first keys of each kind of difference. */
export function comparisonText(comparison: Comparison): string {
  const { table, restored, live, onlyRestored, onlyLive, different } = comparison;
  const counts = [...countByKind(comparison)].map(
    ([kind, each]) => `  ${KIND_NAMES[kind]}: ${countsText(each)}`,
  );
  const [lost, added] = [onlyRestored, onlyLive].map((items) => items.filter(({ moved }) => !moved));
  return [
    ...[restored, live].map(
      ({ tableName, items, readUnits }) => `${tableName}: ${items} items, ${readUnits} read units`,
    ),
    ...(counts.length > 0 ? counts : ["  no difference"]),
    ...keysText("only in the restored table", table, lost ?? []),
    ...keysText("only in the live table", table, added ?? []),
    ...keysText("different", table, different),
  ].join("\n");
}

function countsText({ onlyRestored, onlyLive, different, moved }: KindCounts): string {
  const parts = [
    [onlyRestored, "only in the restored table"],
    [onlyLive, "only in the live table"],
    [different, "different"],
    [moved, "moved since, which is no loss"],
  ] as const;
  return parts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(", ");
}

function keysText(heading: string, table: TableName, keys: readonly ItemKey[]): string[] {
  if (keys.length === 0) return [];
  const shown = keys.slice(0, KEYS_SHOWN).map((key) => `  ${JSON.stringify(keyOf(table, key))}`);
  const more = keys.length - shown.length;
  return ["", `${heading}:`, ...shown, ...(more > 0 ? [`  and ${more} more: --json shows all`] : [])];
}

/**
 * A comparison as JSON. Its form is stable: fields are added, never changed or removed.
 *
 * - `table`: "messages" or "users";
 * - `restored`, `live`: `tableName`, `items`, `readUnits` of each table;
 * - `counts`: by kind of item (`messages`, `conversationRows`, `memberLists`, `users`, `other`), only those in which something
 *   differs: `onlyRestored`, `onlyLive`, `different`, and `moved`, the rows that the first two don't count;
 * - `onlyRestored`, `onlyLive`: keys of items with their attributes' names, and `moved` for conversation rows of which the
 *   other table has another one of the same member and conversation;
 * - `different`: keys of items that are in both tables with other attributes.
 */
export function comparisonJson(comparison: Comparison): string {
  const { table, restored, live, onlyRestored, onlyLive, different } = comparison;
  const lone = (items: readonly LoneItem[]) =>
    items.map((item) => ({ ...keyOf(table, item), ...(item.moved && { moved: true }) }));
  const document = {
    table,
    restored,
    live,
    counts: Object.fromEntries(countByKind(comparison)),
    onlyRestored: lone(onlyRestored),
    onlyLive: lone(onlyLive),
    different: different.map((key) => keyOf(table, key)),
  };
  return JSON.stringify(document, undefined, 2);
}

function keyOf(table: TableName, { partition, sort }: ItemKey): Record<string, string> {
  const { partitionKey, sortKey } = tableShapes[table];
  return { [partitionKey]: partition, [sortKey]: sort };
}
