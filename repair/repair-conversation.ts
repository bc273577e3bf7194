import { TransactionCanceledException, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { inboxKey, messagesKey } from "../messaging/items.ts";
import {
  ConversationNotFoundError,
  MoveGivenUpError,
  moveConversation,
  type RowStore,
  RowTakenError,
} from "../messaging/move-conversation.ts";
import type { NewestMessage, Row } from "../messaging/plan-move.ts";
import {
  type Examination,
  examineConversation,
  membersNamedIn,
  read,
  timeOf,
} from "./examine-conversation.ts";

/** What was wrong with one conversation, and what is left of it. Nothing in it is the text of a message. */
export interface Repair {
  readonly conversationUuid: string;
  /** What was changed or, of a dry run, would be, a sentence each. */
  readonly changes: readonly string[];
  /** What is still wrong and needs a person, a sentence each. */
  readonly left: readonly string[];
}

/** Looks at a conversation before it is given up as busy. */
const MAXIMUM_ATTEMPTS = 5;

/**
 * Brings every row of a conversation to its newest message: rows that are behind are moved, of two rows of a
 * member one stays, a row that is lost is rebuilt where the table says what was in it. Then it looks again, and
 * it ends when nothing is left to do. All writes are conditional, as the stream function's are, so both can be
 * at work at once.
 *
 * @param suspects whoever may be a member: those with a row and the senders of messages.
 * @param dryRun only says what it would do.
 * @throws the client's error.
 */
export async function repairConversation(
  store: RowStore,
  conversationUuid: string,
  suspects: Iterable<string>,
  dryRun = false,
): Promise<Repair> {
  const changes: string[] = [];
  let members = new Set(suspects);
  for (let look = 0; look < MAXIMUM_ATTEMPTS; look++) {
    const found = await examineConversation(store, conversationUuid, members);
    members = new Set(found.rows.keys());
    const step = await (dryRun ? dryRunStep(store, found) : repairStep(store, found));
    changes.push(...step.changes);
    if (!step.again) return { conversationUuid, changes, left: [...found.left, ...step.left] };
  }
  return {
    conversationUuid,
    changes,
    left: [
      "its rows kept changing, or another conversation of a member is at its very instant: repair it again",
    ],
  };
}

interface Step {
  readonly changes: readonly string[];
  readonly left: readonly string[];
  /** Whether it takes another look to know that all is well. */
  readonly again: boolean;
}

async function dryRunStep(store: RowStore, found: Examination): Promise<Step> {
  const { newest, absent } = found;
  if (!newest) return { changes: [], left: [], again: false };
  const changes = moves(found, newest);
  const left: string[] = [];
  for (const member of absent)
    if (await lostRow(store, found, newest, member)) changes.push(describeRebuild(member, newest));
    else left.push(describeUnrecoverable(member));
  return { changes, left, again: false };
}

async function repairStep(store: RowStore, found: Examination): Promise<Step> {
  const { newest, absent } = found;
  if (!newest) return { changes: [], left: [], again: false };
  const changes = moves(found, newest);
  if (changes.length > 0)
    try {
      const { written } = await moveConversation(store, newest, found.rows);
      // The rows are others now: what is lost is rebuilt after the next look.
      return { changes: written > 0 ? changes : [], left: [], again: true };
    } catch (error) {
      if (!isOfThisConversation(error)) throw error;
      return { changes: [], left: [error.message], again: false };
    }
  const left: string[] = [];
  for (const member of absent) {
    const lost = await lostRow(store, found, newest, member);
    if (!lost) left.push(describeUnrecoverable(member));
    else if (await restoreRow(store, lost)) changes.push(describeRebuild(member, newest));
    else return { changes, left, again: true };
  }
  return { changes, left, again: changes.length > 0 };
}

function isOfThisConversation(error: unknown): error is Error {
  return [RowTakenError, MoveGivenUpError, ConversationNotFoundError].some((kind) => error instanceof kind);
}

function moves({ behind, doubled, rows }: Examination, { createdAt }: NewestMessage): string[] {
  return [
    ...behind.map((member) => {
      const times = (rows.get(member) ?? []).map(timeOf).sort();
      return `member ${member}: row moved from ${times.at(-1) ?? ""} to ${createdAt}`;
    }),
    ...doubled.map((member) => {
      const second = (rows.get(member)?.length ?? 0) - 1;
      return `member ${member}: ${second} second ${second === 1 ? "row" : "rows"} removed`;
    }),
  ];
}

const describeRebuild = (member: string, { createdAt }: NewestMessage) =>
  `member ${member}: lost row rebuilt at ${createdAt}`;

const describeUnrecoverable = (member: string) =>
  `the row of member ${member} is lost, and nothing in the table says whom it showed`;

/** A row to be put back, and the row that is proof of it. */
interface LostRow {
  readonly row: Row;
  readonly witness: Row;
}

/**
 * The row that a member must have had. A row that names the member is the witness that they belong to the
 * conversation; whom the lost row showed is said by another row or by that person's own messages.
 */
async function lostRow(
  store: RowStore,
  { rows, conversationUuid }: Examination,
  { createdAt, text }: NewestMessage,
  member: string,
): Promise<LostRow | undefined> {
  const all = [...rows.values()].flat();
  const witness = all.find((row) => membersNamedIn(row).includes(member));
  if (!witness) return undefined;
  const others = (witness["member_uuids"]?.SS ?? [memberOf(witness)]).filter((other) => other !== member);
  const shown =
    all.find((row) => others.includes(row["user_uuid"]?.S ?? "")) ??
    (await messageOfAny(store, conversationUuid, others));
  if (!shown) return undefined;
  const { user_uuid, user_display_name, user_handle } = shown;
  if (!user_uuid || !user_display_name || !user_handle) return undefined;
  const row = {
    pk: { S: inboxKey(member) },
    sk: { S: createdAt },
    message_group_uuid: { S: conversationUuid },
    message: { S: text },
    user_uuid,
    user_display_name,
    user_handle,
    ...(witness["member_uuids"] && { member_uuids: witness["member_uuids"] }),
  };
  return { row, witness };
}

const memberOf = (row: Row) => (row["pk"]?.S ?? "").slice(inboxKey("").length);

async function messageOfAny(
  store: RowStore,
  conversationUuid: string,
  senders: readonly string[],
): Promise<Row | undefined> {
  const query = {
    KeyConditionExpression: "pk = :messages",
    ExpressionAttributeValues: { ":messages": { S: messagesKey(conversationUuid) } },
    ScanIndexForward: false,
  };
  for await (const item of read(store, query))
    if (senders.includes(item["user_uuid"]?.S ?? "") && item["user_display_name"] && item["user_handle"])
      return item;
  return undefined;
}

/**
 * Puts a lost row back, if nothing is at its place and the witness is still where the lost row has to be. A move
 * of the conversation that is under way moves the witness too, so that it can't pass unnoticed between the look
 * and this write, and leave the member two rows.
 *
 * @returns whether it did.
 */
async function restoreRow({ client, tableName }: RowStore, { row, witness }: LostRow): Promise<boolean> {
  const { pk, message_group_uuid: conversation } = witness;
  if (!pk || !row["sk"] || !conversation || timeOf(witness) !== timeOf(row)) return false;
  const there = {
    TableName: tableName,
    Key: { pk, sk: row["sk"] },
    ConditionExpression: "message_group_uuid = :conversation",
    ExpressionAttributeValues: { ":conversation": conversation },
  };
  const put = { TableName: tableName, Item: { ...row }, ConditionExpression: "attribute_not_exists(pk)" };
  try {
    await client.send(
      new TransactWriteItemsCommand({ TransactItems: [{ ConditionCheck: there }, { Put: put }] }),
    );
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceledException) return false;
    throw error;
  }
}
