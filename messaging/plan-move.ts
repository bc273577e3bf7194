import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { itemAttributes, MEMBERS_SORT_KEY, membersKey } from "./items.ts";
import { laterBy } from "./message-time.ts";
import { previewOf } from "./preview.ts";
import type { NewestMessage } from "./read-message.ts";
import {
  memberCountOf,
  membersNamedIn,
  type Row,
  type RowsByMember,
  sortKeyOf,
  timeOf,
} from "./read-rows.ts";

/** Where the rows of a conversation move. */
export interface Target {
  readonly tableName: string;
  readonly message: NewestMessage;
  /** Number of members with a row. */
  readonly memberCount: number;
}

/** The writes for one member, in one transaction. */
export interface MemberPlan {
  readonly member: string;
  readonly actions: readonly TransactWriteItem[];
  /** The member's rows after the writes. */
  readonly left: readonly Row[];
}

/** Limits of a transaction: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html */
const MAXIMUM_ACTIONS = 100;
const MAXIMUM_BYTES = 4_000_000;

/** Maximum duplicate rows of a member that one transaction removes; the next one removes the rest. */
const MAXIMUM_DUPLICATES = 40;

/**
 * Plans the writes that leave a member one row, at the message or a newer one, that knows how many members have a row.
 * Returns no plan if nothing is to do.
 *
 * @param shift microseconds after the message's time. Default: 0.
 */
export function planMember(target: Target, member: string, rows: readonly Row[], shift = 0): MemberPlan[] {
  const { tableName, message, memberCount } = target;
  const ordered = [...rows].sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
  const newest = ordered.pop();
  if (!newest) return [];
  const duplicates = ordered.splice(0, MAXIMUM_DUPLICATES);
  const removals = duplicates.map((row) => remove(tableName, row));
  if (timeOf(newest) < message.createdAt && ordered.length === 0) {
    const moved = movedRow(newest, target, shift);
    const isInPlace = sortKeyOf(moved) === sortKeyOf(newest);
    const move = isInPlace
      ? [replace(tableName, newest, moved)]
      : [remove(tableName, newest), put(tableName, moved)];
    return [{ member, actions: [...removals, ...move], left: [moved] }];
  }
  if (knownMembersOf(newest) < memberCount) {
    const counted = withPreview(
      { ...newest, member_count: { N: `${memberCount}` } },
      newest["message"]?.S ?? "",
    );
    const actions = [...removals, replace(tableName, newest, counted)];
    return [{ member, actions, left: [...ordered, counted] }];
  }
  if (removals.length === 0) return [];
  return [{ member, actions: [...removals, check(tableName, newest)], left: [...ordered, newest] }];
}

/**
 * Plans to add members to the list of a conversation of more than two, unless every row shows that they are in it. Rows
 * of before give up their own lists when they move. The list only grows, so the write needs no condition.
 */
export function planMembersItem(target: Target, rowsByMember: RowsByMember): TransactWriteItem[] {
  const { tableName, message, memberCount } = target;
  const rows = [...rowsByMember.values()].flat();
  const listed = rows.flatMap((row) => row["member_uuids"]?.SS ?? []);
  const isListed = memberCount <= 2 || rows.every((row) => (memberCountOf(row) ?? 0) >= memberCount);
  if (isListed && listed.length === 0) return [];
  return [
    {
      Update: {
        TableName: tableName,
        Key: { pk: { S: membersKey(message.conversationUuid) }, sk: { S: MEMBERS_SORT_KEY } },
        UpdateExpression: "ADD member_uuids :members",
        ExpressionAttributeValues: { ":members": { SS: [...new Set([...rowsByMember.keys(), ...listed])] } },
      },
    },
  ];
}

/** Groups plans into transactions within DynamoDB's limits, the first with room for other actions. A plan is never split. */
export function groupIntoTransactions(plans: readonly MemberPlan[], otherActions = 0): MemberPlan[][] {
  const transactions: MemberPlan[][] = [[]];
  let actions = otherActions;
  let bytes = 0;
  for (const plan of plans) {
    const size = Buffer.byteLength(JSON.stringify(plan.actions));
    actions += plan.actions.length;
    bytes += size;
    if (actions > MAXIMUM_ACTIONS || bytes > MAXIMUM_BYTES) {
      transactions.push([]);
      actions = plan.actions.length;
      bytes = size;
    }
    transactions.at(-1)?.push(plan);
  }
  return transactions;
}

/** Number of members that a row knows of; a row of another writer knows those that it names. */
const knownMembersOf = (row: Row) => memberCountOf(row) ?? Math.max(2, new Set(membersNamedIn(row)).size);

/** The row at the message's time, or later where its own key or another conversation's row is; it never goes back. */
function movedRow(
  { message_created_at: _, member_uuids: __, ...row }: Row,
  { message, memberCount }: Target,
  shift: number,
): Row {
  const { createdAt } = message;
  const shifted = shift > 0 ? laterBy(shift, createdAt) : createdAt;
  const sk = sortKeyOf(row) > shifted ? sortKeyOf(row) : shifted;
  const moved: Row = {
    ...row,
    sk: { S: sk },
    ...(sk !== createdAt && { message_created_at: { S: createdAt } }),
    member_count: { N: `${memberCount}` },
  };
  return withPreview(moved, message.text);
}

const withPreview = (row: Row, text: string): Row => ({ ...row, message: { S: previewOf(text, row) } });

const keyOf = ({ pk, sk }: Row) => ({ pk, sk }) as Row;

function remove(TableName: string, row: Row): TransactWriteItem {
  return { Delete: { TableName, Key: keyOf(row), ...unchangedCondition(row) } };
}

function check(TableName: string, row: Row): TransactWriteItem {
  return { ConditionCheck: { TableName, Key: keyOf(row), ...unchangedCondition(row) } };
}

function replace(TableName: string, row: Row, by: Row): TransactWriteItem {
  return { Put: { TableName, Item: { ...by }, ...unchangedCondition(row) } };
}

function put(TableName: string, row: Row): TransactWriteItem {
  return {
    Put: {
      TableName,
      Item: { ...row },
      // Don't overwrite a row of another conversation with the same key.
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** DynamoDB allows 300 operators in a condition: that many comparisons, with "AND" between them. */
const MAXIMUM_COMPARISONS = 150;

/** The attributes that the project writes; the condition on a row with very many attributes names at least these. */
const OWN_ATTRIBUTES: ReadonlySet<string> = itemAttributes();

/**
 * The condition that the row is unchanged, so that a stale read never reverts another write. Of a row with more
 * attributes than a condition can name, it leaves out some of those that the project doesn't know.
 */
function unchangedCondition(row: Row) {
  const rank = ([name]: [string, unknown]) => (OWN_ATTRIBUTES.has(name) ? 0 : 1);
  const compared = Object.entries(row)
    .filter(([name]) => name !== "pk" && name !== "sk")
    .sort((one, other) => rank(one) - rank(other))
    .slice(0, MAXIMUM_COMPARISONS);
  return {
    ConditionExpression: compared.map((_, index) => `#a${index} = :a${index}`).join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(compared.map(([name], index) => [`#a${index}`, name])),
    ExpressionAttributeValues: Object.fromEntries(compared.map(([, value], index) => [`:a${index}`, value])),
  };
}
