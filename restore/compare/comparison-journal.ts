import { z } from "zod";
import { Journal } from "../../repair/journal.ts";

/** What a scan saw of an item: its partition and sort key, a digest of it, and of a conversation row the conversation. */
const scannedItemSchema = z
  .tuple([z.string(), z.string(), z.string()])
  .or(z.tuple([z.string(), z.string(), z.string(), z.string()]));
export type ScannedItem = z.infer<typeof scannedItemSchema>;

const pageSchema = z.object({
  side: z.enum(["restored", "live"]),
  items: z.array(scannedItemSchema),
  readUnits: z.number(),
  /** The key after which the next page begins; without it, this was the last. */
  cursor: z.tuple([z.string(), z.string()]).optional(),
});
/** A page of the scan of one of the tables. */
export type ScannedPage = z.infer<typeof pageSchema>;

const tablesSchema = z.object({ restored: z.string(), live: z.string(), begun: z.iso.datetime() });
const lineSchema = z.union([pageSchema, tablesSchema]);

/** How far the scan of a table came. */
export interface ScanProgress {
  items: number;
  readUnits: number;
  /** Where to continue, or that all was read. Absent: nothing was read. */
  cursor?: ScannedPage["cursor"] | "end";
}

/** What the live table was like longer ago says little. */
const RESUMABLE_MILLISECONDS = 24 * 3_600_000;

const isRecent = (time: string) => Date.parse(time) > Date.now() - RESUMABLE_MILLISECONDS;

/** The journal of a comparison: every page that was scanned, so that a stopped comparison can be resumed. */
export class ComparisonJournal {
  readonly #journal: Journal<z.infer<typeof lineSchema>>;
  readonly progress: Readonly<Record<ScannedPage["side"], ScanProgress>> = {
    restored: { items: 0, readUnits: 0 },
    live: { items: 0, readUnits: 0 },
  };

  private constructor(file: string) {
    this.#journal = new Journal(file, lineSchema);
  }

  /**
   * Continues the journal of a comparison that was stopped, if it is of the same tables and began less than a day ago; else
   * begins one.
   */
  static async open(file: string, restored: string, live: string): Promise<ComparisonJournal> {
    const stopped = new ComparisonJournal(file);
    if (await stopped.#continue(restored, live)) return stopped;
    const comparison = new ComparisonJournal(file);
    await comparison.#journal.begin({ restored, live, begun: new Date().toISOString() });
    return comparison;
  }

  async #continue(restored: string, live: string): Promise<boolean> {
    if (!(await this.#journal.resume())) return false;
    let canContinue = false;
    for await (const line of this.#journal.lines())
      if ("side" in line) this.#count(line);
      else canContinue = line.restored === restored && line.live === live && isRecent(line.begun);
    return canContinue;
  }

  /** Notes a page. */
  async add(page: ScannedPage): Promise<void> {
    await this.#journal.add(page);
    this.#count(page);
  }

  /** The pages so far. */
  async *pages(): AsyncGenerator<ScannedPage> {
    for await (const line of this.#journal.lines()) if ("side" in line) yield line;
  }

  /** Nothing is left to resume. */
  async end(): Promise<void> {
    await this.#journal.end();
  }

  #count({ side, items, readUnits, cursor }: ScannedPage): void {
    const progress = this.progress[side];
    progress.items += items.length;
    progress.readUnits += readUnits;
    progress.cursor = cursor ?? "end";
  }
}
