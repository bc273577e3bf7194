import { setTimeout as sleep } from "node:timers/promises";
import {
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { INBOX_PREFIX, inboxKey } from "./items.ts";
import {
  type MemberPlan,
  type NewestMessage,
  planMember,
  type Row,
  groupIntoTransactions,
} from "./plan-move.ts";
import { CONVERSATION_INDEX } from "./tables.ts";

/** The messages table and a client that uses DynamoDB attribute values. */
export interface RowStore {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Aborts a move, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The rows of one conversation by member uuid; normally one per member. */
export type RowsByMember = ReadonlyMap<string, readonly Row[]>;

/** The result of a move. */
export interface MoveResult {
  /** The rows after the move. */
  readonly rows: RowsByMember;
  /** Number of members whose rows were written; 0 if all were up to date. */
  readonly written: number;
}

/** No member has a row of this conversation, in the index or in the table. */
export class ConversationNotFoundError extends Error {
  override readonly name = "ConversationNotFoundError";
}

/** A row of another conversation has the same key: it would be overwritten. */
export class RowTakenError extends Error {
  override readonly name = "RowTakenError";
}

/** Every attempt failed because rows changed or DynamoDB throttled. */
export class MoveGivenUpError extends Error {
  override readonly name = "MoveGivenUpError";
}

const MAXIMUM_ATTEMPTS = 10;
const BACKOFF_BASE_MILLISECONDS = 25;
const BACKOFF_LIMIT_MILLISECONDS = 1_000;

/** Cancellation codes of a transaction that may succeed when retried. */
const RETRYABLE_CODES = new Set(["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"]);

/**
 * Access pattern E: moves the row of every member to a message, unless it is already at that message or a newer one.
 *
 * A member's row moves in one transaction, on the condition that it hasn't changed since it was read. So even with
 * concurrent moves and crashes it is never missing, duplicated or moved back. Duplicate rows of a member, which an earlier
 * implementation could leave, are removed. The move is idempotent.
 *
 * @param known the rows after an earlier move. Default: query the index.
 * @throws ConversationNotFoundError, RowTakenError, MoveGivenUpError, or the client's error.
 */
export async function moveConversation(
  store: RowStore,
  message: NewestMessage,
  known?: RowsByMember,
): Promise<MoveResult> {
  const rows = new Map(known ?? (await queryIndex(store, message.conversationUuid)));
  await addMissingMembers(store, message, rows);
  const written = new Set<string>();
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const plans = [...rows].flatMap(([member, memberRows]) =>
      planMember(store.tableName, member, memberRows, message),
    );
    if (plans.length === 0) return { rows, written: written.size };
    if (attempt > 0) await backOff(attempt, store.signal);
    for (const transaction of groupIntoTransactions(plans)) {
      const { done, refused } = await writeTransaction(store, transaction, message);
      for (const { member, left } of done) {
        rows.set(member, left);
        written.add(member);
      }
      for (const member of refused) rows.set(member, await queryInbox(store, member, message));
    }
  }
  throw new MoveGivenUpError(`The rows of conversation ${message.conversationUuid} were busy at every try.`);
}

/**
 * Adds rows that the index doesn't show, since it is eventually consistent. Members that the rows or the message name
 * are looked up in the table if they have no row.
 */
async function addMissingMembers(store: RowStore, message: NewestMessage, rows: Map<string, readonly Row[]>) {
  let missing: string[];
  while ((missing = namedMembers(rows, message).filter((member) => !rows.has(member))).length > 0)
    for (const member of missing) rows.set(member, await queryInbox(store, member, message));
  if ([...rows.values()].every((memberRows) => memberRows.length === 0))
    throw new ConversationNotFoundError(`No member has a row of conversation ${message.conversationUuid}.`);
}

function namedMembers(rows: RowsByMember, { senderUuid }: NewestMessage): string[] {
  const named = [...rows.values()]
    .flat()
    .flatMap((row) => [row["user_uuid"]?.S ?? senderUuid, ...(row["member_uuids"]?.SS ?? [])]);
  return [...new Set([senderUuid, ...named])];
}

/** Writes the plans in one transaction. If it fails, returns the members whose rows have changed since they were read. */
async function writeTransaction(
  { client, signal }: RowStore,
  plans: readonly MemberPlan[],
  { conversationUuid }: NewestMessage,
): Promise<{ done: readonly MemberPlan[]; refused: ReadonlySet<string> }> {
  const actions = plans.flatMap((plan) => plan.actions.map((action) => ({ action, member: plan.member })));
  try {
    await client.send(
      new TransactWriteItemsCommand({ TransactItems: actions.map(({ action }) => action) }),
      sendOptions(signal),
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
      else if (code !== "None" && !RETRYABLE_CODES.has(code)) throw error;
    }
    return { done: [], refused };
  }
}

async function queryIndex(store: RowStore, conversationUuid: string): Promise<RowsByMember> {
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

/** Queries a member's whole inbox with consistent reads. */
async function queryInbox(
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
  let startKey: QueryCommandInput["ExclusiveStartKey"];
  do {
    const page = await client.send(
      new QueryCommand({ ...query, TableName: tableName, ExclusiveStartKey: startKey }),
      sendOptions(signal),
    );
    rows.push(...(page.Items ?? []));
    startKey = page.LastEvaluatedKey;
  } while (startKey);
  return rows;
}

const sendOptions = (signal?: AbortSignal) => (signal ? { abortSignal: signal } : {});

/** Exponential backoff with jitter. */
async function backOff(attempt: number, signal?: AbortSignal) {
  const maximum = Math.min(BACKOFF_LIMIT_MILLISECONDS, BACKOFF_BASE_MILLISECONDS * 2 ** attempt);
  await sleep(Math.random() * maximum, undefined, signal && { signal });
}
