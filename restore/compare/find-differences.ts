import { createHash } from "node:crypto";
import type { ScannedItem, ScannedPage } from "./comparison-journal.ts";
import type { Comparison, ItemKey, LoneItem } from "./comparison.ts";

type Differences = Pick<Comparison, "onlyRestored" | "onlyLive" | "different">;

/**
 * Finds what differs in the pages of two tables.
 * @param readPages reads the pages of both tables, those of the restored one first.
 * @param parts how many parts of the items are compared one after the other. Each reads all pages, and has only its part of
 * the items in memory.
 */
export async function findDifferences(
  readPages: () => AsyncIterable<ScannedPage>,
  parts: number,
): Promise<Differences> {
  const [onlyRestored, onlyLive, different]: [LoneItem[], LoneItem[], ItemKey[]] = [[], [], []];
  for (let part = 0; part < parts; part++) {
    const compared = new ComparedPart();
    for await (const { side, items } of readPages())
      for (const item of items) if (partOf(item, parts) === part) compared.add(side, item);
    for (const item of compared.onlyRestored()) onlyRestored.push(item);
    for (const item of compared.onlyLive()) onlyLive.push(item);
    for (const item of compared.different) different.push(item);
  }
  return {
    onlyRestored: onlyRestored.sort(byKey),
    onlyLive: onlyLive.sort(byKey),
    different: different.sort(byKey),
  };
}

/** All items of a partition key are in one part, so that a row that has moved is found there. */
function partOf([partition]: ScannedItem, parts: number): number {
  return parts === 1 ? 0 : createHash("sha256").update(partition).digest().readUInt32BE() % parts;
}

function byKey(one: ItemKey, other: ItemKey): number {
  if (one.partition !== other.partition) return one.partition < other.partition ? -1 : 1;
  return one.sort < other.sort ? -1 : 1;
}

/** The items of a part: first all of the restored table, then those of the live one. */
class ComparedPart {
  /** Those of the restored table that the live one was not seen to have, by key. */
  readonly #restored = new Map<string, ScannedItem>();
  readonly #onlyLive = new Map<string, ScannedItem>();
  /** The members and conversations of the rows of each table. */
  readonly #rows = { restored: new Set<string>(), live: new Set<string>() };
  readonly different: ItemKey[] = [];

  add(side: ScannedPage["side"], item: ScannedItem): void {
    const [partition, sort, digest, conversation] = item;
    if (conversation !== undefined) this.#rows[side].add(joined(partition, conversation));
    const key = joined(partition, sort);
    if (side === "restored") {
      this.#restored.set(key, item);
      return;
    }
    const restored = this.#restored.get(key);
    this.#restored.delete(key);
    if (!restored) this.#onlyLive.set(key, item);
    else if (restored[2] !== digest) this.different.push({ partition, sort });
  }

  onlyRestored = () => this.#lone(this.#restored, "live");
  onlyLive = () => this.#lone(this.#onlyLive, "restored");

  *#lone(items: ReadonlyMap<string, ScannedItem>, other: ScannedPage["side"]): Generator<LoneItem> {
    for (const [partition, sort, , conversation] of items.values()) {
      const moved = conversation !== undefined && this.#rows[other].has(joined(partition, conversation));
      yield { partition, sort, moved };
    }
  }
}

/** Two texts as one, unambiguously. */
const joined = (one: string, other: string) => `${one.length} ${one}${other}`;
