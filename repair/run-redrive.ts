import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { SQSClient } from "@aws-sdk/client-sqs";
import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { namesOf } from "../config/names.ts";
import { redrive, type RedrivenEntry } from "./redrive.ts";
import { explained } from "./aws-errors.ts";
import { formatRepair, openMessagesTable } from "./run-repair.ts";

/** Options of `npm run redrive`. */
export interface RedriveOptions {
  readonly environment: Environment;
  readonly deleteGone: boolean;
}

/**
 * Empties an environment's dead-letter queue as far as possible, and prints what it did.
 *
 * @returns the exit code: 0 the queue is empty, 1 entries were kept.
 * @throws UserError when the credentials are not of the environment's account, or the queue or the table can't be reached.
 */
export async function runRedrive({ environment, deleteGone }: RedriveOptions): Promise<number> {
  const { name, region } = environment;
  const { client } = await checkedAccess(environment);
  const queueName = namesOf(environment).deadLetterQueue;
  const entries: RedrivenEntry[] = [];
  await explained(`queue ${queueName}`, region, () =>
    redrive({
      store: openMessagesTable(environment, client),
      streams: new DynamoDBStreamsClient(client),
      queue: new SQSClient(client),
      queueName,
      deleteGone,
      onEntry: (entry) => {
        entries.push(entry);
        console.log(entryLines(entry).join("\n"));
      },
    }),
  );
  const kept = entries.filter(({ deleted }) => !deleted);
  console.log(`${queueName}: ${entries.length} entries, ${kept.length} kept.`);
  for (const line of advice(name, kept)) console.log(line);
  return kept.length > 0 ? 1 : 0;
}

function entryLines({ name, state, deleted, repairs }: RedrivenEntry): string[] {
  const outcome = {
    done: "done",
    left: "kept: a person has to repair what is left",
    gone: `the stream no longer has its records: ${deleted ? "deleted anyway" : "kept"}`,
    foreign: "kept: it is not an entry of the trigger",
  }[state];
  const lines = repairs.flatMap((repair) => formatRepair(repair)).map((line) => `  ${line}`);
  return [`entry ${name}: ${outcome}`, ...lines];
}

function advice(environment: string, kept: readonly RedrivenEntry[]): string[] {
  if (!kept.some(({ state }) => state === "gone")) return [];
  return [
    "Repair the conversations of such records from the table, and then delete the entries:",
    `  npm run repair -- --environment ${environment}`,
    `  npm run redrive -- --environment ${environment} --delete-gone`,
  ];
}
