import {
  type CancellationReason,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { inboxKey } from "../messaging/items.ts";
import { laterBy } from "../messaging/message-time.ts";
import { previewOf } from "../messaging/preview.ts";
import type { NewestMessage } from "../messaging/read-message.ts";
import { readMessages, type Row, type RowStore, timeOf } from "../messaging/read-rows.ts";
import type { Examination } from "./examine-conversation.ts";

/** A row to restore, and another member's row, which shows when the conversation has moved on. */
interface LostRow {
  /** Without a count of the members: a row without it makes every move look for all rows. */
  readonly row: Row;
  readonly witness: Row;
}

/** Microseconds after its time to which a row is restored at most, where other conversations' rows are before. */
const MAXIMUM_SHIFT = 100;

/**
 * Rebuilds the row that a member must have had, at the time of the others' rows. The name of the other member that it
 * shows comes from another row or from a message.
 * @returns undefined if nothing in the table has such a name.
 */
export async function lostRow(
  store: RowStore,
  { rows, members, conversationUuid }: Examination,
  { createdAt, text }: NewestMessage,
  member: string,
): Promise<LostRow | undefined> {
  const all = [...rows.values()].flat().sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
  const others = new Set([...members].filter((other) => other !== member));
  const shown =
    all.find((row) => others.has(row["user_uuid"]?.S ?? "")) ??
    (await messageOfAny(store, conversationUuid, others));
  const [witness] = all;
  const { user_uuid, user_display_name, user_handle } = shown ?? {};
  if (!witness || !user_uuid?.S || !user_display_name?.S || !user_handle?.S) return undefined;
  const row = {
    pk: inboxKey(member),
    sk: timeOf(witness) > createdAt ? timeOf(witness) : createdAt,
    message_group_uuid: conversationUuid,
    user_uuid: user_uuid.S,
    user_display_name: user_display_name.S,
    user_handle: user_handle.S,
  };
  const message = previewOf(text, { ...row, member_count: members.size });
  const attributes = Object.entries({ ...row, message }).map(([name, value]) => [name, { S: value }]);
  return { row: Object.fromEntries(attributes) as Row, witness };
}

async function messageOfAny(
  store: RowStore,
  conversationUuid: string,
  senders: ReadonlySet<string>,
): Promise<Row | undefined> {
  for await (const item of readMessages(store, conversationUuid, { ScanIndexForward: false }))
    if (senders.has(item["user_uuid"]?.S ?? "") && item["user_display_name"] && item["user_handle"])
      return item;
  return undefined;
}

/**
 * Restores a lost row if the witness is still at the same time. A concurrent move of the conversation moves the witness
 * too, so it can't go unnoticed and leave the member with two rows. Where another conversation's row has its key, it
 * gets a later one.
 *
 * @returns the restored row, or undefined if the rows have changed.
 */
export async function restoreRow(store: RowStore, { row, witness }: LostRow): Promise<Row | undefined> {
  const time = timeOf(row);
  if (timeOf(witness) !== time) return undefined;
  for (let shift = 0; shift <= MAXIMUM_SHIFT; shift++) {
    const sk = shift > 0 ? laterBy(shift, time) : time;
    const shifted: Row = { ...row, sk: { S: sk }, ...(shift > 0 && { message_created_at: { S: time } }) };
    const refusal = await putBeside(store, witness, shifted);
    if (!refusal) return shifted;
    const found = refusal.Item?.["message_group_uuid"]?.S;
    if (found === undefined || found === row["message_group_uuid"]?.S) return undefined;
  }
  return undefined;
}

/** Puts a row if its key is free and another row is where it was. Returns why it couldn't. */
async function putBeside(
  { client, tableName: TableName }: RowStore,
  { pk, sk, message_group_uuid: conversation }: Row,
  row: Row,
): Promise<CancellationReason | undefined> {
  const there = {
    TableName,
    Key: { pk, sk } as Row,
    ConditionExpression: "message_group_uuid = :conversation",
    ExpressionAttributeValues: { ":conversation": conversation } as Row,
  };
  const put = {
    TableName,
    Item: { ...row },
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  };
  try {
    await client.send(
      new TransactWriteItemsCommand({ TransactItems: [{ ConditionCheck: there }, { Put: put }] }),
    );
    return undefined;
  } catch (error) {
    if (error instanceof TransactionCanceledException) return error.CancellationReasons?.[1] ?? {};
    throw error;
  }
}
