import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";

/** A conversation row in DynamoDB's own attribute values. */
export type Row = Readonly<Record<string, AttributeValue>>;

/** The message that no row of its conversation may be behind. */
export interface NewestMessage {
  readonly conversationUuid: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly text: string;
  readonly senderUuid: string;
}

/** What has to be written for one member, all of it or nothing. */
export interface MemberPlan {
  readonly member: string;
  readonly actions: readonly TransactWriteItem[];
  /** The member's rows afterwards. */
  readonly left: readonly Row[];
}

/** Limits of a transaction: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html */
const MAXIMUM_ACTIONS = 100;
const MAXIMUM_BYTES = 4_000_000;

/** Second rows of one member that one transaction removes; what is beyond goes with the next. */
const MAXIMUM_SECOND_ROWS = 40;

/** What brings one member to one row that is not behind the message; nothing, when that is so already. */
export function planMember(
  tableName: string,
  member: string,
  rows: readonly Row[],
  message: NewestMessage,
): MemberPlan[] {
  const ordered = [...rows].sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
  const newest = ordered.pop();
  if (!newest) return [];
  const second = ordered.splice(0, MAXIMUM_SECOND_ROWS);
  const removals = second.map((row) => remove(tableName, row));
  if (timeOf(newest) < message.createdAt && ordered.length === 0) {
    const moved: Row = { ...newest, sk: { S: message.createdAt }, message: { S: message.text } };
    return [
      { member, actions: [...removals, remove(tableName, newest), put(tableName, moved)], left: [moved] },
    ];
  }
  if (removals.length === 0) return [];
  return [{ member, actions: [...removals, keep(tableName, newest)], left: [...ordered, newest] }];
}

/** As few transactions as hold the plans; no plan is divided. */
export function transactionsOf(plans: readonly MemberPlan[]): MemberPlan[][] {
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
  return { Delete: { TableName, Key: keyOf(row), ...unchanged(row) } };
}

function keep(TableName: string, row: Row): TransactWriteItem {
  return { ConditionCheck: { TableName, Key: keyOf(row), ...unchanged(row) } };
}

function put(TableName: string, row: Row): TransactWriteItem {
  return {
    Put: {
      TableName,
      Item: { ...row },
      // Never onto another conversation's row that happens to have this very time.
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** Holds if the row is in the table exactly as it was read, so that a stale read never undoes another's write. */
function unchanged(row: Row) {
  const attributes = Object.entries(row).filter(([name]) => name !== "pk" && name !== "sk");
  return {
    ConditionExpression: attributes.map((_, index) => `#a${index} = :a${index}`).join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(attributes.map(([name], index) => [`#a${index}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      attributes.map(([, value], index) => [`:a${index}`, value]),
    ),
  };
}
