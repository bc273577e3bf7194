import { setTimeout as sleep } from "node:timers/promises";
import {
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { INBOX_PREFIX, inboxKey } from "./items.ts";
import { type MemberPlan, type NewestMessage, planMember, type Row, transactionsOf } from "./plan-move.ts";
import { CONVERSATION_INDEX } from "./tables.ts";

/** The messages table, by the client that speaks DynamoDB's own attribute values. */
export interface RowStore {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Ends calls and waits; the move is then given up with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The rows that each member has of one conversation: one, when all is well. */
export type RowsByMember = ReadonlyMap<string, readonly Row[]>;

/** What a move left. */
export interface Moved {
  readonly rows: RowsByMember;
  /** How many members' rows it wrote; 0 when all were there already. */
  readonly written: number;
}

/** No member has a row of this conversation, though the table itself was asked. */
export class ConversationNotFoundError extends Error {
  override readonly name = "ConversationNotFoundError";
}

/** Another conversation of a member has its row at this very instant; writing would lose that one. */
export class RowTakenError extends Error {
  override readonly name = "RowTakenError";
}

/** The rows kept changing, or DynamoDB kept refusing, up to the last try. */
export class MoveGivenUpError extends Error {
  override readonly name = "MoveGivenUpError";
}

const MAXIMUM_TRIES = 10;
const FIRST_WAIT_MILLISECONDS = 25;
const LONGEST_WAIT_MILLISECONDS = 1_000;

/** Why a transaction was refused that may well go through a moment later. */
const PASSING = new Set(["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"]);

/**
 * Access pattern E: brings the row of every member to a message, unless it is there or further already.
 *
 * A member's row moves within one transaction, and only if it still is what was read. So it is never absent,
 * never there twice and never goes back, whoever else moves it and whenever this stops. A second row of a
 * member, as an earlier function could leave it, goes on the way. Doing it again changes nothing.
 *
 * @param known the rows as an earlier move left them. Default: ask the index.
 * @throws ConversationNotFoundError, RowTakenError, MoveGivenUpError, or the client's error.
 */
export async function moveConversation(
  store: RowStore,
  message: NewestMessage,
  known?: RowsByMember,
): Promise<Moved> {
  const rows = new Map(known ?? (await rowsInIndex(store, message.conversationUuid)));
  await addMissingMembers(store, message, rows);
  const written = new Set<string>();
  for (let tries = 0; tries < MAXIMUM_TRIES; tries++) {
    const plans = [...rows].flatMap(([member, theirs]) =>
      planMember(store.tableName, member, theirs, message),
    );
    if (plans.length === 0) return { rows, written: written.size };
    if (tries > 0) await wait(tries, store.signal);
    for (const transaction of transactionsOf(plans)) {
      const { done, refused } = await commit(store, transaction, message);
      for (const { member, left } of done) {
        rows.set(member, left);
        written.add(member);
      }
      for (const member of refused) rows.set(member, await rowsInInbox(store, member, message));
    }
  }
  throw new MoveGivenUpError(`The rows of conversation ${message.conversationUuid} were busy at every try.`);
}

/**
 * The index is eventually consistent: it may not show a row yet, or for a moment not at all. Whoever the rows
 * or the message name, and has no row, is looked up in the table itself.
 */
async function addMissingMembers(store: RowStore, message: NewestMessage, rows: Map<string, readonly Row[]>) {
  let missing: string[];
  while ((missing = namedMembers(rows, message).filter((member) => !rows.has(member))).length > 0)
    for (const member of missing) rows.set(member, await rowsInInbox(store, member, message));
  if ([...rows.values()].every((theirs) => theirs.length === 0))
    throw new ConversationNotFoundError(`No member has a row of conversation ${message.conversationUuid}.`);
}

function namedMembers(rows: RowsByMember, { senderUuid }: NewestMessage): string[] {
  const named = [...rows.values()]
    .flat()
    .flatMap((row) => [row["user_uuid"]?.S ?? senderUuid, ...(row["member_uuids"]?.SS ?? [])]);
  return [...new Set([senderUuid, ...named])];
}

/** Writes all of the plans, or none and says whose rows are no longer what was read. */
async function commit(
  { client, signal }: RowStore,
  plans: readonly MemberPlan[],
  { conversationUuid }: NewestMessage,
): Promise<{ done: readonly MemberPlan[]; refused: ReadonlySet<string> }> {
  const actions = plans.flatMap((plan) => plan.actions.map((action) => ({ action, member: plan.member })));
  try {
    await client.send(
      new TransactWriteItemsCommand({ TransactItems: actions.map(({ action }) => action) }),
      optionsOf(signal),
    );
    return { done: plans, refused: new Set() };
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const refused = new Set<string>();
    for (const [index, { Code: code = "None", Item: found }] of (error.CancellationReasons ?? []).entries()) {
      if (found && found["message_group_uuid"]?.S !== conversationUuid)
        throw new RowTakenError(
          `Another conversation's row is at the instant of conversation ${conversationUuid}.`,
        );
      if (code === "ConditionalCheckFailed") refused.add(actions[index]?.member ?? "");
      else if (code !== "None" && !PASSING.has(code)) throw error;
    }
    return { done: [], refused };
  }
}

async function rowsInIndex(store: RowStore, conversationUuid: string): Promise<RowsByMember> {
  const rows = await queryAll(store, {
    IndexName: CONVERSATION_INDEX,
    KeyConditionExpression: "message_group_uuid = :conversation",
    ExpressionAttributeValues: { ":conversation": { S: conversationUuid } },
  });
  const byMember = new Map<string, Row[]>();
  for (const row of rows) {
    const member = row["pk"]?.S?.slice(INBOX_PREFIX.length) ?? "";
    byMember.set(member, [...(byMember.get(member) ?? []), row]);
  }
  return byMember;
}

/** Reads a member's whole inbox, consistently; only where the index left a doubt. */
async function rowsInInbox(
  store: RowStore,
  member: string,
  { conversationUuid }: NewestMessage,
): Promise<Row[]> {
  return queryAll(store, {
    ConsistentRead: true,
    KeyConditionExpression: "pk = :inbox",
    FilterExpression: "message_group_uuid = :conversation",
    ExpressionAttributeValues: {
      ":inbox": { S: inboxKey(member) },
      ":conversation": { S: conversationUuid },
    },
  });
}

async function queryAll(
  { client, tableName, signal }: RowStore,
  query: Omit<QueryCommandInput, "TableName">,
) {
  const rows: Row[] = [];
  let from: QueryCommandInput["ExclusiveStartKey"];
  do {
    const page = await client.send(
      new QueryCommand({ ...query, TableName: tableName, ExclusiveStartKey: from }),
      optionsOf(signal),
    );
    rows.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return rows;
}

const optionsOf = (signal?: AbortSignal) => (signal ? { abortSignal: signal } : {});

/** Longer at each try, and drawn, so that two that clash don't clash again. */
async function wait(tries: number, signal?: AbortSignal) {
  const longest = Math.min(LONGEST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** tries);
  await sleep(Math.random() * longest, undefined, signal && { signal });
}
