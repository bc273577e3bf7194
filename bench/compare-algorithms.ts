import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";
import type { clientSettings } from "../local/embedded-aws/embedded-aws.ts";
import { type Cost, measuredClient } from "./measured-client.ts";
import { original, current, type Algorithm } from "./algorithms.ts";
import { assertMoved, MESSAGES, prepareTable, type Workload, workloads } from "./workload.ts";

/** Average cost of one message. */
export interface CostPerMessage extends Cost {
  readonly invocations: number;
  readonly milliseconds: number;
}

/** The cost of both algorithms for a workload. */
export interface Comparison extends Workload {
  readonly original: CostPerMessage;
  readonly current: CostPerMessage;
}

/** Settings of the AWS SDK's clients. */
export type Settings = ReturnType<typeof clientSettings>;

/** Measures both algorithms with every workload, each in a new table. */
export async function* compareAlgorithms(settings: Settings): AsyncGenerator<Comparison> {
  for (const workload of workloads) {
    yield {
      ...workload,
      original: await measure(original, workload, settings),
      current: await measure(current, workload, settings),
    };
  }
}

async function measure(
  algorithm: Algorithm,
  workload: Workload,
  settings: Settings,
): Promise<CostPerMessage> {
  const unmeasuredClient = new DynamoDBClient(settings);
  const streams = new DynamoDBStreamsClient(settings);
  const tableName = `${algorithm.name.replace(" ", "-")}-${workload.messagesPerConversation}-${workload.members}`;
  const { stream, newest } = await prepareTable(unmeasuredClient, streams, tableName, workload);
  const { client, cost } = measuredClient(settings);
  const handle = withoutLog(algorithm.createHandler(client, tableName));
  let [invocations, milliseconds] = [0, 0];
  // The rows that the function writes are in the stream too. Continue until no new record matches the filter.
  for (let records; (records = (await stream.readNew()).filter(algorithm.matchesFilter)).length > 0;)
    for (; records.length > 0; invocations++) {
      const startedAt = performance.now();
      await handle(records.splice(0, MESSAGES));
      milliseconds += performance.now() - startedAt;
    }
  await assertMoved(unmeasuredClient, tableName, newest, workload);
  for (const each of [unmeasuredClient, streams, client]) each.destroy();
  const { calls, readUnits, writeUnits } = cost();
  return {
    calls: calls / MESSAGES,
    readUnits: readUnits / MESSAGES,
    writeUnits: writeUnits / MESSAGES,
    invocations: invocations / MESSAGES,
    milliseconds: milliseconds / MESSAGES,
  };
}

/** Wraps a handler to suppress its log lines, which would end up in the report. */
function withoutLog(handle: (records: DynamoDBRecord[]) => Promise<void>) {
  return async (records: DynamoDBRecord[]) => {
    const log = console.log;
    console.log = () => undefined;
    try {
      await handle(records);
    } finally {
      console.log = log;
    }
  };
}
