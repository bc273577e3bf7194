import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";
import { type Cost, measuredClient } from "./measured-client.ts";
import { original, ours, type Rival } from "./rivals.ts";
import { expectMoved, MESSAGES, prepare, type Workload, workloads } from "./workload.ts";

/** What one rival needed for one message of a workload, on average. */
export interface PerMessage extends Cost {
  readonly invocations: number;
  readonly milliseconds: number;
}

/** A workload, and what each rival needed for it. */
export interface Comparison extends Workload {
  readonly original: PerMessage;
  readonly ours: PerMessage;
}

/** How the clients reach a DynamoDB. */
export interface Reach {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Runs every workload through both, each in a table of its own. */
export async function* compareAlgorithms(reach: Reach): AsyncGenerator<Comparison> {
  for (const workload of workloads) {
    yield {
      ...workload,
      original: await measure(original, workload, reach),
      ours: await measure(ours, workload, reach),
    };
  }
}

async function measure(rival: Rival, workload: Workload, reach: Reach): Promise<PerMessage> {
  const own = new DynamoDBClient(reach);
  const streams = new DynamoDBStreamsClient(reach);
  const tableName = `${rival.name.replace(" ", "-")}-${workload.messagesEach}-${workload.members}`;
  const { stream, newest } = await prepare(own, streams, tableName, workload);
  const { client, cost } = measuredClient(reach);
  const handle = quiet(rival.functionOn(client, tableName));
  let [invocations, milliseconds] = [0, 0];
  // What it writes is in the stream too; the trigger goes on until nothing there concerns the function.
  for (let news; (news = (await stream.news()).filter(rival.isInvokedBy)).length > 0;)
    for (; news.length > 0; invocations++) {
      const begun = performance.now();
      await handle(news.splice(0, MESSAGES));
      milliseconds += performance.now() - begun;
    }
  await expectMoved(own, tableName, newest, workload);
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
