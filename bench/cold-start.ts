import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { execa } from "execa";
import { unzipSync } from "fflate";
import { bundleFunction, compileFunction } from "../constructs/stream-function/function-bundle.ts";
import { MESSAGES_TABLE_NAME } from "../messaging/stream-function-environment.ts";
import { kilobytes, STREAM_FUNCTION } from "./bundle-report.ts";
import { alignColumns } from "./columns.ts";
import type { Settings } from "./compare-algorithms.ts";
import { current } from "./algorithms.ts";
import { assertMoved, prepareTable } from "./workload.ts";

/** Cold processes of each bundle that are measured, after one of each that isn't. */
const RUNS = 15;

const WORKLOAD = { messagesPerConversation: 10, members: 2 } as const;

/** From the start of a process to its first batch done: the shipped bundle beside those that take in more. */
export async function coldStartReport(settings: Settings): Promise<string[]> {
  const shipped = unzipSync(readFileSync(bundleFunction(STREAM_FUNCTION).path))["index.mjs"];
  const bundles = [
    { name: "as shipped", code: shipped ?? new Uint8Array() },
    { name: "with all that its imports bring along", code: compileFunction(STREAM_FUNCTION, true).code },
    { name: "with the whole SDK packages", code: compileFunction("bench/whole-sdk-function.ts", true).code },
  ].map((bundle) => ({ ...bundle, milliseconds: [] as number[] }));
  const folder = mkdtempSync(join(tmpdir(), "cold-start-"));
  try {
    // In turn, so that whatever else the machine does falls on all of them alike.
    for (let run = 0; run <= RUNS; run++)
      for (const [index, { code, milliseconds }] of bundles.entries()) {
        const place = join(folder, String(index));
        mkdirSync(place, { recursive: true });
        writeFileSync(join(place, "index.mjs"), code);
        const took = await firstBatch(place, `cold-${run}-${index}`, settings);
        if (run > 0) milliseconds.push(took);
      }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const least = median(bundles[0]?.milliseconds ?? []);
  const rows = bundles.map(({ name, code, milliseconds }) => [
    `  ${name}`,
    kilobytes(code.length),
    `${median(milliseconds).toFixed(0)} ms`,
    `× ${(median(milliseconds) / least).toFixed(2)}`,
  ]);
  return [
    `From a cold process (Node.js ${process.versions.node}) to a handled first batch, median of ${RUNS} in turn:`,
    ...alignColumns(rows),
  ];
}

/** Starts a process that loads the bundle and hands it a batch, and waits until that is done. */
async function firstBatch(folder: string, tableName: string, settings: Settings): Promise<number> {
  const client = new DynamoDBClient(settings);
  const streams = new DynamoDBStreamsClient(settings);
  const { stream, newest } = await prepareTable(client, streams, tableName, WORKLOAD);
  const records = (await stream.readNew()).filter(current.matchesFilter);
  writeFileSync(join(folder, "event.json"), JSON.stringify({ Records: records }));
  writeFileSync(
    join(folder, "run.mjs"),
    `import { readFileSync } from "node:fs";
     const { handler } = await import("./index.mjs");
     const event = JSON.parse(readFileSync("event.json", "utf8"));
     const answer = await handler(event, { getRemainingTimeInMillis: () => 30000 });
     process.exit(answer.batchItemFailures.length);`,
  );
  const begun = performance.now();
  await execa(process.execPath, ["run.mjs"], {
    cwd: folder,
    extendEnv: false,
    env: variables(tableName, settings),
  });
  const took = performance.now() - begun;
  await assertMoved(client, tableName, newest, WORKLOAD);
  for (const used of [client, streams]) used.destroy();
  return took;
}

const variables = (tableName: string, { endpoint, region, credentials }: Settings) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_EC2_METADATA_DISABLED: "true",
  [MESSAGES_TABLE_NAME]: tableName,
});

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
