import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";
import type { clientSettings } from "../local/embedded-aws/embedded-aws.ts";
import { type Cost, measuredClient } from "./measured-client.ts";
import { original, current, type Algorithm } from "./algorithms.ts";
import { assertMoved, MESSAGES, prepareTable, type Workload, workloads } from "./workload.ts";

/** What one algorithm needed for one message of a workload, on average. */
export interface CostPerMessage extends Cost {
  readonly invocations: number;
  readonly milliseconds: number;
}

/** A workload, and what each algorithm needed for it. */
export interface Comparison extends Workload {
  readonly original: CostPerMessage;
  readonly current: CostPerMessage;
}

/** Settings of the clients that call DynamoDB. */
export type Settings = ReturnType<typeof clientSettings>;

/** Runs every workload through both, each in a table of its own. */
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
  const own = new DynamoDBClient(settings);
  const streams = new DynamoDBStreamsClient(settings);
  const tableName = `${algorithm.name.replace(" ", "-")}-${workload.messagesPerConversation}-${workload.members}`;
  const { stream, newest } = await prepareTable(own, streams, tableName, workload);
  const { client, cost } = measuredClient(settings);
  const handle = quiet(algorithm.createHandler(client, tableName));
  let [invocations, milliseconds] = [0, 0];
  // What it writes is in the stream too; the trigger goes on until nothing there concerns the function.
  for (let news; (news = (await stream.readNew()).filter(algorithm.matchesFilter)).length > 0;)
    for (; news.length > 0; invocations++) {
      const begun = performance.now();
      await handle(news.splice(0, MESSAGES));
      milliseconds += performance.now() - begun;
    }
  await assertMoved(own, tableName, newest, workload);
  for (const used of [own, streams, client]) used.destroy();
  const { calls, readUnits, writeUnits } = cost();
  return {
    calls: calls / MESSAGES,
    readUnits: readUnits / MESSAGES,
    writeUnits: writeUnits / MESSAGES,
    invocations: invocations / MESSAGES,
    milliseconds: milliseconds / MESSAGES,
  };
}

/** What a function logs is no part of a bench's report. */
function quiet(handle: (records: DynamoDBRecord[]) => Promise<void>) {
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
