import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Row } from "../messaging/read-rows.ts";
import type { Algorithm } from "./algorithms.ts";
import { type Consumption, measuredClient } from "./measured-client.ts";
import type { Workload, WorkloadTable } from "./workload.ts";

/** Cost of all messages of a workload. */
export interface Cost extends Consumption {
  readonly invocations: number;
  readonly milliseconds: number;
}

/**
 * Measures an algorithm with a workload.
 * @throws Error when a row is missing or not at the newest message at the end.
 */
export async function measure(algorithm: Algorithm, table: WorkloadTable, workload: Workload): Promise<Cost> {
  const { messagesPerBatch = 1, functions = 1, order = "in turn", lateIndex = false } = workload;
  const { readNew, queryRows, assertMoved } = await table.prepare(workload);
  const { client, consumed } = measuredClient(table.settings);
  const showNextRows = lateIndex ? delayIndex(client, await queryRows()) : () => undefined;
  const handlers = Array.from({ length: functions }, () => algorithm.createHandler(client, table.tableName));
  const random = randomNumbers();
  let [invocations, milliseconds] = [0, 0];
  // The rows that the function writes are in the stream too. Continue until no new record matches the filter.
  for (let records; (records = (await readNew()).filter(algorithm.matchesFilter)).length > 0;)
    for (; records.length > 0; invocations++) {
      const batch = records.splice(0, messagesPerBatch);
      const handle = handlers[(order === "in turn" ? invocations : random()) % functions];
      showNextRows(lateIndex ? await queryRows() : []);
      const startedAt = performance.now();
      await withoutLog(() => handle?.(batch));
      milliseconds += performance.now() - startedAt;
    }
  await assertMoved();
  return { ...consumed, invocations, milliseconds };
}

/**
 * Lets index queries return the rows as they were before the previous batch.
 * @returns a function that takes the rows before each batch.
 */
function delayIndex(client: DynamoDBClient, first: readonly Row[]) {
  let [shown, next] = [first, first];
  client.middlewareStack.add(
    (send) => async (call) => {
      const result = await send(call);
      if ("IndexName" in call.input) Object.assign(result.output, { Items: shown });
      return result;
    },
    { step: "initialize" },
  );
  return (rows: readonly Row[]) => {
    [shown, next] = [next, rows];
  };
}

/** Random numbers, the same each time. */
function randomNumbers(): () => number {
  let number = 1;
  return () => (number = (number * 48_271) % 2_147_483_647);
}

/** Suppresses log lines, which would end up in the report. */
async function withoutLog(handle: () => Promise<void> | undefined): Promise<void> {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true;
  try {
    await handle();
  } finally {
    process.stdout.write = write;
  }
}
