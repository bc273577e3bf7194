import { TransactionCanceledException, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { INBOX_PREFIX, inboxKey } from "../messaging/items.ts";
import {
  ConversationNotFoundError,
  MoveGivenUpError,
  moveConversation,
  type RowStore,
} from "../messaging/move-conversation.ts";
import type { NewestMessage } from "../messaging/read-message.ts";
import type { Row } from "../messaging/read-rows.ts";
import {
  type Examination,
  examineConversation,
  membersNamedIn,
  readMessages,
  timeOf,
} from "./examine-conversation.ts";

/** What was wrong with one conversation, and what still is. Contains no text of messages. */
export interface Repair {
  readonly conversationUuid: string;
  /** What was changed, or in a dry run would be; a sentence each. */
  readonly changes: readonly string[];
  /** What is still wrong and needs a person, a sentence each. */
  readonly left: readonly string[];
}

/** Attempts before a conversation counts as too busy. */
const MAXIMUM_ATTEMPTS = 5;

/**
 * Repairs the rows of a conversation: rows behind its newest message are moved, duplicates are removed, and lost rows are
 * rebuilt if the table still has their content. It examines the conversation again until nothing is left to do. All
 * writes are conditional, like those of the stream function, so both can run at the same time.
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
    const step = await repairStep(store, found, dryRun);
    changes.push(...step.changes);
    if (!step.again) return { conversationUuid, changes, left: [...found.left, ...step.left] };
  }
  return {
    conversationUuid,
    changes,
    left: [
      "its rows kept changing, or a member has another conversation with the same time: repair it again",
    ],
  };
}

interface Step {
  readonly changes: readonly string[];
  readonly left: readonly string[];
  /** Whether the conversation must be examined again. */
  readonly again: boolean;
}

async function repairStep(store: RowStore, found: Examination, dryRun: boolean): Promise<Step> {
  const { newest, absent } = found;
  if (!newest) return { changes: [], left: [], again: false };
  const changes = [...found.moves];
  if (changes.length > 0 && !dryRun)
    try {
      const { written } = await moveConversation(store, newest, { rows: found.rows, probablyCurrent: true });
      // The rows have changed: lost ones are rebuilt after the next examination.
      return { changes: written > 0 ? changes : [], left: [], again: true };
    } catch (error) {
      if (!isOfThisConversation(error)) throw error;
      return { changes: [], left: [error.message], again: false };
    }
  const left: string[] = [];
  for (const member of absent) {
    const lost = await lostRow(store, found, newest, member);
    if (!lost) left.push(`the row of member ${member} is lost, and nothing in the table says whom it showed`);
    else if (dryRun || (await restoreRow(store, lost)))
      changes.push(`member ${member}: lost row rebuilt at ${newest.createdAt}`);
    else return { changes, left, again: true };
  }
  return { changes, left, again: !dryRun && changes.length > 0 };
}

function isOfThisConversation(error: unknown): error is Error {
  return [MoveGivenUpError, ConversationNotFoundError].some((kind) => error instanceof kind);
}

/** A row to restore, and another member's row that names this member. */
interface LostRow {
  readonly row: Row;
  readonly witness: Row;
}

/**
 * Rebuilds the row that a member must have had. A row that names the member (the witness) shows that they belong to the
 * conversation; the other member's name comes from another row or from their messages.
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

const memberOf = (row: Row) => (row["pk"]?.S ?? "").slice(INBOX_PREFIX.length);

async function messageOfAny(
  store: RowStore,
  conversationUuid: string,
  senders: readonly string[],
): Promise<Row | undefined> {
  for await (const item of readMessages(store, conversationUuid, { ScanIndexForward: false }))
    if (senders.includes(item["user_uuid"]?.S ?? "") && item["user_display_name"] && item["user_handle"])
      return item;
  return undefined;
}

/**
 * Restores a lost row, if its key is free and the witness is still at the same time. A concurrent move of the
 * conversation moves the witness too, so it can't go unnoticed and leave the member with two rows.
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
