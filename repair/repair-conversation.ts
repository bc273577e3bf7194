import { ConditionalCheckFailedException, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  ConversationNotFoundError,
  MoveGivenUpError,
  moveConversation,
} from "../messaging/move-conversation.ts";
import type { NewestMessage } from "../messaging/read-message.ts";
import { type Row, type RowStore, timeOf } from "../messaging/read-rows.ts";
import { type Examination, examineConversation, type WrongText } from "./examine-conversation.ts";
import { lostRow, restoreRow } from "./lost-row.ts";

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
 * Repairs the rows of a conversation: rows behind its newest message are moved, duplicates are removed, rows that show
 * another text than the newest message's get that, and lost rows are rebuilt if the table still has their content. No
 * row goes back in time: where the newest message was deleted, the rows stay, and show the one before.
 *
 * It examines the conversation again until nothing is left to do. All writes are conditional, like those of the stream
 * function, so both can run at the same time.
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
  return { conversationUuid, changes, left: ["its rows kept changing: repair it again"] };
}

interface Step {
  readonly changes: readonly string[];
  readonly left: readonly string[];
  /** Whether the conversation must be examined again. */
  readonly again: boolean;
}

async function repairStep(store: RowStore, found: Examination, dryRun: boolean): Promise<Step> {
  const { newest, moves, texts } = found;
  const changes = [...moves];
  if (newest && moves.length > 0 && !dryRun)
    try {
      const known = { rows: found.rows, probablyCurrent: true };
      const { written } = await moveConversation(store, newest, known);
      // The rows have changed: the rest is done after the next examination.
      return { changes: written > 0 ? changes : [], left: [], again: true };
    } catch (error) {
      if (!isOfThisConversation(error)) throw error;
      return { changes: [], left: [error.message], again: false };
    }
  for (const wrong of texts)
    if (dryRun || (await correctText(store, wrong))) changes.push(textChange(wrong, newest));
    else return { changes, left: [], again: true };
  const rebuilt = newest
    ? await rebuildRows(store, found, newest, dryRun)
    : { changes: [], left: [], again: false };
  changes.push(...rebuilt.changes);
  return { changes, left: rebuilt.left, again: rebuilt.again || (!dryRun && changes.length > 0) };
}

function isOfThisConversation(error: unknown): error is Error {
  return [MoveGivenUpError, ConversationNotFoundError].some((kind) => error instanceof kind);
}

function textChange({ member, row }: WrongText, newest: NewestMessage | undefined): string {
  if (!newest) return `member ${member}: text removed, since no message is left`;
  return timeOf(row) === newest.createdAt
    ? `member ${member}: text replaced by that of the message, which was edited`
    : `member ${member}: text replaced by that of the message of ${newest.createdAt}, since a newer one was deleted`;
}

/** Replaces a row's text, if the row still shows what was read. Returns whether it did. */
async function correctText({ client, tableName }: RowStore, { row, preview }: WrongText): Promise<boolean> {
  const { pk, sk, message_group_uuid: conversation, message: shown } = row;
  const isUnchanged = shown ? "message = :shown" : "attribute_not_exists(message)";
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk, sk } as Row,
        UpdateExpression: "SET message = :preview",
        ConditionExpression: `message_group_uuid = :conversation AND ${isUnchanged}`,
        ExpressionAttributeValues: {
          ":preview": { S: preview },
          ":conversation": conversation,
          ...(shown && { ":shown": shown }),
        } as Row,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Rebuilds lost rows, and lets all rows of the conversation know how many there are now. */
async function rebuildRows(
  store: RowStore,
  found: Examination,
  newest: NewestMessage,
  dryRun: boolean,
): Promise<Step> {
  const [changes, left]: [string[], string[]] = [[], []];
  const rows = new Map(found.rows);
  let again = false;
  for (const member of found.absent) {
    const lost = await lostRow(store, found, newest, member);
    const restored = lost && !dryRun ? await restoreRow(store, lost) : undefined;
    if (!lost) left.push(`the row of member ${member} is lost, and nothing in the table says whom it showed`);
    else if (dryRun || restored) changes.push(`member ${member}: lost row rebuilt at ${timeOf(lost.row)}`);
    else again = true;
    if (restored) rows.set(member, [restored]);
  }
  // Also for rows that are at the newest message or ahead, a move sees to the count of members.
  if (changes.length > 0 && !dryRun) await moveConversation(store, newest, { rows, probablyCurrent: true });
  return { changes, left, again };
}
