import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { kindOfItem, uuidInKey } from "../../messaging/item-kinds.ts";
import { queryInbox } from "../../messaging/read-rows.ts";
import { tableShapes } from "../../messaging/tables.ts";
import type { ItemKey } from "../compare/comparison.ts";
import type { CopyPlan } from "./plan-copy.ts";

/** How a plan is carried out. */
export interface CopyRun {
  /** May read both tables and put items into the live one. Its capacity is limited by the caller. */
  readonly client: DynamoDBClient;
  readonly plan: CopyPlan;
  /** The attribute after whose time DynamoDB deletes an item of the live table. Default: it deletes none. */
  readonly timeToLiveAttribute?: string | undefined;
  /** Called after every few items. */
  readonly onProgress: (copied: Copied) => void;
}

/** What became of the items of a plan so far. */
export interface Copied {
  readonly copied: number;
  /** The live table had an item with that key already, for instance of an earlier run; it is unchanged. */
  readonly there: number;
  /** Conversation rows whose member has another row of that conversation by now. */
  readonly moved: number;
  /** Their time to live is over, so they were not lost. */
  readonly expired: number;
  /** No longer in the restored table. */
  readonly gone: number;
  /** The conversations of the items that are copied or there, whose rows may be behind. */
  readonly conversations: ReadonlySet<string>;
}

/** Items that are copied at the same time. */
const CONCURRENCY = 8;

/**
 * Copies the items of a plan, as the restored table has them, to the live table, where it never overwrites an item. It can
 * be stopped at any time and run again: what is there already counts as there.
 *
 * @throws the client's error.
 */
export async function copyMissing(run: CopyRun): Promise<Copied> {
  const counts = { copied: 0, there: 0, moved: 0, expired: 0, gone: 0 };
  const conversations = new Set<string>();
  for (const keys of groupsOf(run.plan)) {
    const outcomes = await Promise.all(keys.map((key) => copyItem(run, key)));
    for (const { outcome, conversation } of outcomes) {
      counts[outcome] += 1;
      if (conversation !== undefined) conversations.add(conversation);
    }
    run.onProgress({ ...counts, conversations });
  }
  return { ...counts, conversations };
}

/** The keys in groups of one kind: a kind begins once the one before is all there. */
function* groupsOf({ table, keys }: CopyPlan): Generator<ItemKey[]> {
  let group: ItemKey[] = [];
  const kindOf = ({ partition }: ItemKey) => kindOfItem(table, partition);
  for (const key of keys) {
    const [first] = group;
    if (first && (group.length === CONCURRENCY || kindOf(first) !== kindOf(key))) {
      yield group;
      group = [];
    }
    group.push(key);
  }
  if (group.length > 0) yield group;
}

interface Outcome {
  readonly outcome: Exclude<keyof Copied, "conversations">;
  readonly conversation?: string | undefined;
}

async function copyItem(run: CopyRun, key: ItemKey): Promise<Outcome> {
  const { client, plan } = run;
  const { partitionKey, sortKey } = tableShapes[plan.table];
  const Key = { [partitionKey]: { S: key.partition }, [sortKey]: { S: key.sort } };
  const { Item } = await client.send(new GetItemCommand({ TableName: plan.restored, Key }));
  if (!Item) return { outcome: "gone" };
  if (isExpired(run, Item)) return { outcome: "expired" };
  const conversation = conversationOf(plan, Item);
  if (await isElsewhere(run, Item)) return { outcome: "moved", conversation };
  try {
    await client.send(
      new PutItemCommand({
        TableName: plan.live,
        Item,
        ConditionExpression: "attribute_not_exists(#partition)",
        ExpressionAttributeNames: { "#partition": partitionKey },
      }),
    );
    return { outcome: "copied", conversation };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { outcome: "there", conversation };
    throw error;
  }
}

type Item = Readonly<Record<string, AttributeValue>>;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html */
function isExpired({ timeToLiveAttribute }: CopyRun, item: Item): boolean {
  const seconds = timeToLiveAttribute === undefined ? undefined : item[timeToLiveAttribute]?.N;
  return seconds !== undefined && Number(seconds) * 1_000 < Date.now();
}

function conversationOf({ table }: CopyPlan, item: Item): string | undefined {
  if (table !== "messages") return undefined;
  return item["message_group_uuid"]?.S ?? uuidInKey(item["pk"]?.S ?? "");
}

/** Whether it is a conversation row whose member has one at another key, since the plan was made. */
async function isElsewhere({ client, plan }: CopyRun, item: Item): Promise<boolean> {
  const [partition, sort] = [item["pk"]?.S ?? "", item["sk"]?.S];
  const conversation = item["message_group_uuid"]?.S;
  if (kindOfItem(plan.table, partition) !== "conversationRows" || conversation === undefined) return false;
  const rows = await queryInbox({ client, tableName: plan.live }, uuidInKey(partition) ?? "", conversation);
  return rows.some((row) => row["sk"]?.S !== sort);
}
