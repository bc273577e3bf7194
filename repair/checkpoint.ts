import { z } from "zod";
import { UserError } from "../config/user-error.ts";
import { Journal } from "./journal.ts";
import { type ScannedItem, scannedItemSchema } from "./scanned-conversations.ts";

const cursorSchema = z.object({ pk: z.string(), sk: z.string() });

const lineSchema = z.union([
  z.object({ tableName: z.string(), begun: z.iso.datetime() }),
  /** A page of the scan; without a cursor it was the last. */
  z.object({ sightings: z.array(scannedItemSchema), cursor: cursorSchema.optional() }),
  z.object({ repaired: z.string() }),
]);
type Line = z.infer<typeof lineSchema>;

/** Where a scan goes on. */
type Cursor = z.infer<typeof cursorSchema>;

/** How far an earlier repair came. */
interface Progress {
  readonly sightings: readonly ScannedItem[];
  /** Where to continue, or that all was read. Absent: nothing was read. */
  readonly cursor?: Cursor | "end";
  /** Conversations that were found wrong and are right now. */
  readonly repaired: ReadonlySet<string>;
}

/** The journal of a repair, so that a stopped repair can be resumed. */
export class Checkpoint {
  readonly #journal: Journal<Line>;
  /** How far it came before this run. */
  readonly progress: Progress;

  private constructor(journal: Journal<Line>, lines: readonly Line[]) {
    this.#journal = journal;
    this.progress = progressOf(lines);
  }

  /** Starts a journal; an existing one is replaced. */
  static async begin(file: string, tableName: string): Promise<Checkpoint> {
    const journal = new Journal(file, lineSchema);
    await journal.begin({ tableName, begun: new Date().toISOString() });
    return new Checkpoint(journal, []);
  }

  /**
   * Continues a journal.
   * @throws UserError when there is none, or it is of another table.
   */
  static async resume(file: string, tableName: string): Promise<Checkpoint> {
    const journal = new Journal(file, lineSchema);
    if (!(await journal.resume()))
      throw new UserError(`There is no repair to resume: ${file} doesn't exist. Start one without --resume.`);
    const lines: Line[] = [];
    for await (const line of journal.lines()) lines.push(line);
    const [first] = lines;
    if (!first || !("tableName" in first) || first.tableName !== tableName)
      throw new UserError(
        `${file} belongs to the repair of another table than ${tableName}. Start one without --resume.`,
      );
    return new Checkpoint(journal, lines);
  }

  /** Notes a page of the scan. */
  async read(sightings: readonly ScannedItem[], cursor: Cursor | undefined): Promise<void> {
    await this.#journal.add({ sightings: [...sightings], ...(cursor && { cursor }) });
  }

  /** Notes that a conversation is right now. */
  async repaired(conversationUuid: string): Promise<void> {
    await this.#journal.add({ repaired: conversationUuid });
  }

  /** Nothing is left to resume. */
  async end(): Promise<void> {
    await this.#journal.end();
  }
}

function progressOf(lines: readonly Line[]): Progress {
  const pages = lines.filter((line) => "sightings" in line);
  const last = pages.at(-1);
  return {
    sightings: pages.flatMap(({ sightings }) => sightings),
    ...(last && { cursor: last.cursor ?? "end" }),
    repaired: new Set(lines.flatMap((line) => ("repaired" in line ? [line.repaired] : []))),
  };
}
