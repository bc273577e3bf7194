import { join, relative } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { checkedAccess } from "../account/checked-access.ts";
import { namesOf } from "../config/names.ts";
import { projectFolder } from "../config/project-folder.ts";
import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import type { ClientSettings } from "../account/access.ts";
import type { RowStore } from "../messaging/read-rows.ts";
import { repairTable, repairOne } from "./repair-table.ts";
import { defaultRate, itemsAtOnce, limitCapacity } from "./capacity-limit.ts";
import { everyFewSeconds } from "./every-few-seconds.ts";
import { explained } from "./aws-errors.ts";
import type { Repair } from "./repair-conversation.ts";

/** Options of `npm run repair`. */
export interface RepairOptions {
  readonly environment: Environment;
  readonly conversation?: string;
  readonly dryRun: boolean;
  readonly resume: boolean;
  /** Capacity units a second. */
  readonly rate?: number;
}

/** Exit code of a dry run that found something wrong. */
const SOMETHING_TO_REPAIR = 2;

/**
 * Repairs one conversation or all, and prints what it changes.
 *
 * @returns the exit code: 0 nothing is left to repair, 1 something is left that needs a person; of a dry run,
 * 2 something is wrong.
 * @throws UserError when the credentials are not of the environment's account, the table can't be reached, or there is nothing to resume.
 */
export async function runRepair(options: RepairOptions): Promise<number> {
  if (options.conversation !== undefined && options.resume)
    throw new UserError("--resume continues the repair of a whole table: leave out --conversation.");
  const {
    environment,
    conversation,
    dryRun,
    rate = defaultRate(environment.tables.messages.billing),
  } = options;
  const { client } = await checkedAccess(environment);
  const store = openMessagesTable(environment, client, rate);
  let [wrong, left] = [0, 0];
  const onRepair = (repair: Repair) => {
    if (repair.changes.length + repair.left.length > 0) wrong += 1;
    left += repair.left.length;
    console.log(formatRepair(repair, dryRun).join("\n"));
  };
  await explained(`table ${store.tableName}`, environment.region, async () => {
    if (conversation !== undefined) {
      onRepair(await repairOne(store, conversation, dryRun));
      return;
    }
    const conversations = await repairAll(store, environment, { ...options, rate }, onRepair);
    const outcome = wrong === 0 ? "nothing is wrong" : `${wrong} of them ${dryRun ? "are" : "were"} wrong`;
    console.log(`${conversations} conversations: ${outcome}.`);
  });
  store.client.destroy();
  if (dryRun) return wrong > 0 ? SOMETHING_TO_REPAIR : 0;
  return left > 0 ? 1 : 0;
}

/** The messages table of an environment, with a client whose capacity is limited. */
export function openMessagesTable(
  environment: Environment,
  settings: ClientSettings,
  rate = defaultRate(environment.tables.messages.billing),
) {
  const client = new DynamoDBClient({ ...settings, maxAttempts: 10 });
  limitCapacity(client, rate);
  return { client, tableName: namesOf(environment).tables.messages };
}

/** Repairs the whole table and prints the progress; returns how many conversations there are. */
async function repairAll(
  store: RowStore,
  { name, region }: Environment,
  { dryRun, resume, rate }: RepairOptions & { readonly rate: number },
  onRepair: (repair: Repair) => void,
): Promise<number> {
  const checkpointFile = join(projectFolder, ".local", "repair", `${name}.jsonl`);
  console.log(
    `Table ${store.tableName} in ${region}, at ${rate} capacity units a second. ` +
      `If it is stopped, go on with --resume (${relative(projectFolder, checkpointFile)}).`,
  );
  const onProgress = everyFewSeconds(console.log);
  return repairTable({
    store,
    dryRun,
    resume,
    checkpointFile,
    itemsAtOnce: itemsAtOnce(rate),
    onRepair,
    onProgress: ({ items, conversations, suspicious }) => {
      const toLookAt = suspicious === undefined ? "" : `; ${suspicious} still to be looked at`;
      onProgress(`${items} items read, ${conversations} conversations${toLookAt}`);
    },
  });
}

/** A repair as a person reads it. */
export function formatRepair({ conversationUuid, changes, left }: Repair, dryRun = false): string[] {
  if (changes.length + left.length === 0) return [`conversation ${conversationUuid}: nothing is wrong`];
  return [
    `conversation ${conversationUuid}:`,
    ...changes.map((change) => `  ${dryRun ? "to do: " : ""}${change}`),
    ...left.map((what) => `  LEFT: ${what}`),
  ];
}
