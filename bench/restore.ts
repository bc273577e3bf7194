import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { projectFolder } from "../config/project-folder.ts";
import { clientSettings, type EmbeddedAws } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import type { Comparison } from "../restore/compare/comparison.ts";
import { copyMissing } from "../restore/copy-missing/copy-missing.ts";
import { planCopy } from "../restore/copy-missing/plan-copy.ts";
import { alignColumns } from "./columns.ts";
import { measuredClient } from "./measured-client.ts";
import { createTables, TABLES } from "./restored-tables.ts";

const CONVERSATIONS = 1_000;
const MISSING = 1_000;
const DIFFERENT = 1_000;
const ACCOUNT = "111111111111";

/** Bytes that a read unit reads eventually consistently. */
const READ_UNIT_BYTES = 2 * 4_096;

/** Maximum memory for each item of both tables. */
const MAXIMUM_BYTES_PER_ITEM = 600;

/** The pages are rounded up to whole units. */
const MAXIMUM_RATIO = 1.05;

/**
 * Measures how a restored table of 100,000 items is compared with the live one, also by a process that is killed half way,
 * and how what is missing there is copied back, also stopped half way.
 * @throws Error when it doesn't find exactly the differences, or takes more memory or capacity than it should.
 */
export async function benchRestore(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-restore-"));
  const aws = await startEmbeddedAws();
  try {
    const tables = await createTables(clientSettings(aws, ACCOUNT), CONVERSATIONS, MISSING, DIFFERENT);
    const whole = await compareOnce(aws, folder);
    await compareOnce(aws, folder, tables.items).catch(() => undefined);
    const journalBytes = statSync(journalIn(folder)).size / tables.items;
    const resumed = await compareOnce(aws, folder);
    const copied = await copyWithStop(aws, whole.comparison);
    const { restored, live } = whole.comparison;
    const bytesPerItem = whole.bytes / (tables.items + tables.liveItems);
    const ratios = {
      "read units, restored table": [restored.readUnits, tables.bytes / READ_UNIT_BYTES],
      "read units, live table, consistently": [live.readUnits, (2 * tables.liveBytes) / READ_UNIT_BYTES],
      "read units of the resumed comparison": [resumed.readUnits, live.readUnits],
      "write units of the copy, less refused ones": [copied.writeUnits, MISSING],
    } as const;
    const rows = Object.entries(ratios).map(([what, [measured, ideal]]) => [
      what,
      ...[measured, ideal].map((units) => `${Math.round(units)}`),
      (measured / ideal).toFixed(2),
    ]);
    const heading = `${tables.items} items of ${Math.round(tables.bytes / tables.items)} bytes`;
    console.log(alignColumns([[heading, "measured", "ideal", "ratio"], ...rows]).join("\n"));
    console.log(
      `Compared in ${seconds(whole)}, ${seconds({ milliseconds: whole.processorMilliseconds })} of it processor time, with ${Math.round(whole.bytes / 1e6)} MB of memory: ${Math.round(bytesPerItem)} bytes ` +
        `for each item of either table; on disk ${Math.round(journalBytes)} bytes.\n` +
        `Killed half way and resumed in ${seconds(resumed)}.\n` +
        `Copied ${MISSING} items back in ${seconds(copied)}, stopped half way and run again, which found ${copied.there} there.`,
    );
    assertRight(whole.comparison, resumed.comparison, copied.missing);
    const over = Object.entries(ratios).find(([, [measured, ideal]]) => measured > MAXIMUM_RATIO * ideal);
    if (over) throw new Error(`More than ${MAXIMUM_RATIO} of the ideal: ${over[0]}.`);
    if (bytesPerItem > MAXIMUM_BYTES_PER_ITEM)
      throw new Error(`More than ${MAXIMUM_BYTES_PER_ITEM} bytes of memory for each item.`);
  } finally {
    await aws.stop();
    rmSync(folder, { recursive: true });
  }
}

const seconds = ({ milliseconds }: { readonly milliseconds: number }) =>
  `${(milliseconds / 1_000).toFixed(1)} s`;
const journalIn = (folder: string) => join(folder, "journal.jsonl");

interface ComparedOnce {
  readonly comparison: Comparison;
  readonly milliseconds: number;
  readonly processorMilliseconds: number;
  readonly readUnits: number;
  /** Memory at its peak, besides what a comparison of empty tables takes. */
  readonly bytes: number;
}

/** Compares in a new process, as a command does. */
async function compareOnce(aws: EmbeddedAws, folder: string, stopAfter = Infinity): Promise<ComparedOnce> {
  const tables = [TABLES.restored, TABLES.live];
  const parameters = ["--import", "./typescript.mjs", "bench/compare-once.ts", ...tables, journalIn(folder)];
  const { stdout } = await execa("node", [...parameters, `${stopAfter}`], {
    cwd: projectFolder,
    env: aws.environmentFor(ACCOUNT),
  });
  return JSON.parse(stdout) as ComparedOnce;
}

/** Copies what is missing, stopped half way and run again. */
async function copyWithStop(aws: EmbeddedAws, comparison: Comparison) {
  const { plan } = planCopy(comparison);
  const { client, consumed } = measuredClient(clientSettings(aws, ACCOUNT));
  const startedAt = performance.now();
  const stopHalfWay = ({ copied }: { readonly copied: number }) => {
    if (copied >= plan.keys.length / 2) throw new Error("stopped");
  };
  await copyMissing({ client, plan, onProgress: stopHalfWay }).catch(() => undefined);
  const { there } = await copyMissing({ client, plan, onProgress: () => undefined });
  return {
    missing: plan.keys.length,
    writeUnits: consumed.writeUnits,
    milliseconds: performance.now() - startedAt,
    there,
  };
}

function assertRight(whole: Comparison, resumed: Comparison, missing: number): void {
  const found = [whole, resumed].map(({ onlyRestored, onlyLive, different }) =>
    [onlyRestored, onlyLive, different].map(({ length }) => length),
  );
  const expected = [MISSING, 0, DIFFERENT];
  if (JSON.stringify([...found, missing]) !== JSON.stringify([expected, expected, MISSING]))
    throw new Error(`Found ${JSON.stringify(found)}, and ${missing} to copy.`);
}
