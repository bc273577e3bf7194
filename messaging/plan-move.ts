import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";

/** A conversation row in DynamoDB attribute values. */
export type Row = Readonly<Record<string, AttributeValue>>;

/** The newest message of a conversation, to which its rows move. */
export interface NewestMessage {
  readonly conversationUuid: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly text: string;
  readonly senderUuid: string;
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

/** Plans the writes that leave a member one row, at the message or a newer one. Returns no plan if nothing is to do. */
export function planMember(
  tableName: string,
  member: string,
  rows: readonly Row[],
  message: NewestMessage,
): MemberPlan[] {
  const ordered = [...rows].sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
  const newest = ordered.pop();
  if (!newest) return [];
  const duplicates = ordered.splice(0, MAXIMUM_DUPLICATES);
  const removals = duplicates.map((row) => remove(tableName, row));
  if (timeOf(newest) < message.createdAt && ordered.length === 0) {
    const moved: Row = { ...newest, sk: { S: message.createdAt }, message: { S: message.text } };
    return [
      { member, actions: [...removals, remove(tableName, newest), put(tableName, moved)], left: [moved] },
    ];
  }
  if (removals.length === 0) return [];
  return [{ member, actions: [...removals, check(tableName, newest)], left: [...ordered, newest] }];
}

/** Groups plans into transactions within DynamoDB's limits. A plan is never split. */
export function groupIntoTransactions(plans: readonly MemberPlan[]): MemberPlan[][] {
  const transactions: MemberPlan[][] = [];
  let actions = Infinity;
  let bytes = Infinity;
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

const timeOf = (row: Row) => row["sk"]?.S ?? "";

const keyOf = ({ pk, sk }: Row) => ({ pk, sk }) as Record<string, AttributeValue>;

function remove(TableName: string, row: Row): TransactWriteItem {
  return { Delete: { TableName, Key: keyOf(row), ...unchangedCondition(row) } };
}

function check(TableName: string, row: Row): TransactWriteItem {
  return { ConditionCheck: { TableName, Key: keyOf(row), ...unchangedCondition(row) } };
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

/** The condition that the row is unchanged, so that a stale read never reverts another write. */
function unchangedCondition(row: Row) {
  const attributes = Object.entries(row).filter(([name]) => name !== "pk" && name !== "sk");
  return {
    ConditionExpression: attributes.map((_, index) => `#a${index} = :a${index}`).join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(attributes.map(([name], index) => [`#a${index}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      attributes.map(([, value], index) => [`:a${index}`, value]),
    ),
  };
}
