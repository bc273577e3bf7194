import { z } from "zod";
import { UserError } from "../../config/user-error.ts";
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

  /** Begins a journal; an existing one is replaced. */
  static async begin(file: string, restored: string, live: string): Promise<ComparisonJournal> {
    const comparison = new ComparisonJournal(file);
    await comparison.#journal.begin({ restored, live, begun: new Date().toISOString() });
    return comparison;
  }

  /**
   * Continues a journal.
   * @throws UserError when there is none, or it is of other tables.
   */
  static async resume(file: string, restored: string, live: string): Promise<ComparisonJournal> {
    const comparison = new ComparisonJournal(file);
    if (!(await comparison.#journal.resume()))
      throw new UserError(
        `There is no comparison to resume: ${file} doesn't exist. Start one without --resume.`,
      );
    let ofTheseTables = false;
    for await (const line of comparison.#journal.lines())
      if ("side" in line) comparison.#count(line);
      else ofTheseTables = line.restored === restored && line.live === live;
    if (!ofTheseTables)
      throw new UserError(
        `${file} belongs to a comparison of other tables than ${restored} and ${live}. Start one without --resume.`,
      );
    return comparison;
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
