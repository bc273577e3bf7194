import { type Algorithm, current, original } from "./algorithms.ts";
import { measuredClient } from "./measured-client.ts";
import { MESSAGES, prepareTable, type Settings, type Workload, workloads } from "./workload.ts";

/** Cost of all messages of a workload. */
export interface Cost {
  /** Number of calls to DynamoDB, including retries. */
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly invocations: number;
  readonly milliseconds: number;
}

/** The cost of both algorithms for a workload. */
export interface Comparison extends Workload {
  readonly original: Cost;
  readonly current: Cost;
}

/** Measures both algorithms with every workload, each in a new table. */
export async function compareAlgorithms(settings: Settings): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const workload of workloads)
    comparisons.push({
      ...workload,
      original: await measure(original, workload, settings),
      current: await measure(current, workload, settings),
    });
  return comparisons;
}

async function measure(algorithm: Algorithm, workload: Workload, settings: Settings): Promise<Cost> {
  const tableName = `${algorithm.name}-${workload.messagesPerConversation}-${workload.members}`;
  const { readNew, assertMoved } = await prepareTable(settings, tableName, workload);
  const { client, cost } = measuredClient(settings);
  const handle = algorithm.createHandler(client, tableName);
  let [invocations, milliseconds] = [0, 0];
  // The rows that the function writes are in the stream too. Continue until no new record matches the filter.
  for (let records; (records = (await readNew()).filter(algorithm.matchesFilter)).length > 0;)
    for (; records.length > 0; invocations++) {
      const batch = records.splice(0, MESSAGES);
      const startedAt = performance.now();
      await withoutLog(() => handle(batch));
      milliseconds += performance.now() - startedAt;
    }
  await assertMoved();
  return { ...cost, invocations, milliseconds };
}

/** Suppresses log lines, which would end up in the report. */
async function withoutLog(handle: () => Promise<void>): Promise<void> {
  const log = console.log;
  console.log = () => undefined;
  try {
    await handle();
  } finally {
    console.log = log;
  }
}
