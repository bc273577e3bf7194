import { createReadStream } from "node:fs";
import { appendFile, mkdir, open, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { z } from "zod";

/** How much of the end of a file is read at once, to find its last whole line. */
const TAIL_BYTES = 65_536;

/** The journal of a long run: a file with a line of JSON for each step, so that a stopped run can be resumed. */
export class Journal<Line> {
  readonly #file: string;
  readonly #lineSchema: z.ZodType<Line>;

  constructor(file: string, lineSchema: z.ZodType<Line>) {
    this.#file = file;
    this.#lineSchema = lineSchema;
  }

  /** Begins the journal; an existing one is replaced. */
  async begin(first: Line): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true });
    await writeFile(this.#file, `${JSON.stringify(first)}\n`);
  }

  /**
   * Continues the journal. An incomplete last line, cut off by a crash, is removed.
   * @returns whether there is a journal.
   */
  async resume(): Promise<boolean> {
    return cutAfterLastLine(this.#file);
  }

  /** Reads the journal from its first line on, a line at a time. */
  async *lines(): AsyncGenerator<Line> {
    for await (const line of createInterface({ input: createReadStream(this.#file) }))
      yield this.#lineSchema.parse(JSON.parse(line));
  }

  async add(line: Line): Promise<void> {
    await appendFile(this.#file, `${JSON.stringify(line)}\n`);
  }

  /** Removes the journal: nothing is left to resume. */
  async end(): Promise<void> {
    await rm(this.#file);
  }
}

/** @returns whether the file exists. */
async function cutAfterLastLine(path: string): Promise<boolean> {
  const file = await open(path, "r+").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return false;
  try {
    let { size: end } = await file.stat();
    const tail = Buffer.alloc(TAIL_BYTES);
    for (let newline = -1; end > 0 && newline < 0;) {
      const start = Math.max(0, end - TAIL_BYTES);
      const { bytesRead } = await file.read(tail, 0, end - start, start);
      newline = tail.subarray(0, bytesRead).lastIndexOf("\n");
      end = start + newline + 1;
    }
    await file.truncate(end);
    return true;
  } finally {
    await file.close();
  }
}
