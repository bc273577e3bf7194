import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { unzipSync } from "fflate";
import { bundleFunction, compileFunction } from "../constructs/stream-function/function-bundle.ts";
import { environmentFor } from "../local/embedded-aws/embedded-aws.ts";
import { MESSAGES_TABLE_NAME } from "../messaging/stream-function-environment.ts";
import { current } from "./algorithms.ts";
import { kilobytes, STREAM_FUNCTION } from "./bundle-report.ts";
import { alignColumns } from "./columns.ts";
import type { WorkloadTable } from "./workload.ts";

/** Number of measured processes for each bundle, after one that isn't measured. */
const RUNS = 15;

const WORKLOAD = { messagesPerConversation: 10, members: 2 } as const;

/** Lines that compare the time from process start to the first processed batch for bundles of different size. */
export async function coldStartReport(table: WorkloadTable): Promise<string[]> {
  const shipped = unzipSync(readFileSync(bundleFunction(STREAM_FUNCTION).path))["index.mjs"];
  const bundles = [
    { name: "as shipped", code: shipped ?? new Uint8Array() },
    { name: "with nothing left out", code: compileFunction(STREAM_FUNCTION, true).code },
    { name: "with the whole SDK packages", code: compileFunction("bench/whole-sdk-function.ts", true).code },
  ].map((bundle) => ({ ...bundle, milliseconds: [] as number[] }));
  // Alternate the bundles, so that other load on the machine affects all of them equally.
  for (let run = 0; run <= RUNS; run++)
    for (const { code, milliseconds } of bundles) {
      const duration = await timeFirstBatch(code, table);
      if (run > 0) milliseconds.push(duration);
    }
  const shippedMedian = median(bundles[0]?.milliseconds ?? []);
  const rows = bundles.map(({ name, code, milliseconds }) => [
    `  ${name}`,
    kilobytes(code.length),
    `${median(milliseconds).toFixed(0)} ms`,
    `× ${(median(milliseconds) / shippedMedian).toFixed(2)}`,
  ]);
  return [
    `Cold start: from process start to the first processed batch (Node.js ${process.versions.node}, median of ${RUNS}):`,
    ...alignColumns(rows),
  ];
}

/** Measures a process that loads the bundle and processes one batch, in milliseconds. */
async function timeFirstBatch(
  code: Uint8Array,
  { settings, tableName, prepare }: WorkloadTable,
): Promise<number> {
  const { readNew, assertMoved } = await prepare(WORKLOAD);
  const records = (await readNew()).filter(current.matchesFilter);
  const folder = mkdtempSync(join(tmpdir(), "cold-start-"));
  try {
    writeFileSync(join(folder, "index.mjs"), code);
    writeFileSync(join(folder, "event.json"), JSON.stringify({ Records: records }));
    writeFileSync(
      join(folder, "run.mjs"),
      `import { readFileSync } from "node:fs";
       const { handler } = await import("./index.mjs");
       const event = JSON.parse(readFileSync("event.json", "utf8"));
       const response = await handler(event, { getRemainingTimeInMillis: () => 30000 });
       process.exit(response.batchItemFailures.length);`,
    );
    const aws = environmentFor(settings.endpoint, settings.credentials.accessKeyId);
    const env = { ...aws, [MESSAGES_TABLE_NAME]: tableName };
    const startedAt = performance.now();
    await execa(process.execPath, ["run.mjs"], { cwd: folder, extendEnv: false, env });
    const duration = performance.now() - startedAt;
    await assertMoved();
    return duration;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
