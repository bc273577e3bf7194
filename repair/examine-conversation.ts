import { paginateQuery, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { inboxKey, messagesKey } from "../messaging/items.ts";
import { instantOf, MAXIMUM_CLOCK_SKEW_MILLISECONDS } from "../messaging/message-time.ts";
import { previewOf } from "../messaging/preview.ts";
import { type NewestMessage, readMessage } from "../messaging/read-message.ts";
import {
  membersNamedIn,
  queryMembers,
  type Row,
  type RowsByMember,
  type RowStore,
  sortKeyOf,
  timeOf,
} from "../messaging/read-rows.ts";

/** The state of one conversation in the table, read consistently, and what is wrong with it. */
export interface Examination {
  readonly conversationUuid: string;
  /** Its newest usable message. */
  readonly newest?: NewestMessage;
  readonly rows: RowsByMember;
  /** What a move to the newest message changes: rows behind it, and duplicate rows; a sentence each. */
  readonly moves: readonly string[];
  /** Rows whose text is another than that of the newest message, which was edited, or followed by one that was deleted. */
  readonly texts: readonly WrongText[];
  /** Members that another member's row or the list of members names, and that have no row themselves. */
  readonly absent: readonly string[];
  /** Everyone who has a row, or is named as a member. */
  readonly members: ReadonlySet<string>;
  /** What only a person can repair; a sentence each. */
  readonly left: readonly string[];
}

/** A row that doesn't show the newest message. */
export interface WrongText {
  readonly member: string;
  readonly row: Row;
  /** What it has to show; empty where no message is left. */
  readonly preview: string;
}

/** Messages read at once to find the newest usable one: nearly always it is the first. */
const MESSAGES_AT_ONCE = 5;

/** Another writer may write the rows first: until then, a row's message may be still to come. */
const MESSAGE_TO_COME_MILLISECONDS = 60_000;

/**
 * Reads one conversation from the table itself, never from an index.
 *
 * @param suspects whoever may be a member: those with a row and the senders of messages. Whom the rows and the list of
 * members name besides is found from these.
 */
export async function examineConversation(
  store: RowStore,
  conversationUuid: string,
  suspects: Iterable<string>,
): Promise<Examination> {
  const listed = await queryMembers(store, conversationUuid);
  const rows = await rowsOfMembers(store, conversationUuid, [...suspects, ...listed]);
  // Messages are read after the rows: the message of a row that is ahead of them was deleted.
  let { newest, unusable } = await newestMessage(store, conversationUuid);
  while (newest && !rows.has(newest.senderUuid)) {
    const found = await rowsOfMembers(store, conversationUuid, [newest.senderUuid]);
    for (const [member, theirs] of found) rows.set(member, theirs);
    ({ newest, unusable } = await newestMessage(store, conversationUuid));
  }
  const named = new Set([...listed, ...[...rows.values()].flat().flatMap(membersNamedIn)]);
  const withRow = [...rows].filter(([, { length }]) => length > 0);
  const without = [...rows].filter(([, { length }]) => length === 0).map(([member]) => member);
  const showing = withRow.map(([member, theirs]) => ({ member, row: newestOf(theirs) }));
  const wrong = wrongTexts(showing, newest, unusable);
  const mayComeYet = wrong.filter(({ row }) => isNew(row) && timeOf(row) !== newest?.createdAt);
  return {
    conversationUuid,
    ...(newest && { newest }),
    rows,
    moves: newest ? movesTo(newest.createdAt, withRow) : [],
    texts: wrong.filter((one) => !mayComeYet.includes(one)),
    absent: withRow.length > 0 ? without.filter((member) => named.has(member)) : [],
    members: new Set([...named, ...withRow.map(([member]) => member)]),
    left: [
      ...[...unusable].map(
        ([sk, faults]) => `its message of ${sk} is not usable (${faults}): mend that item, or delete it`,
      ),
      ...(!newest && withRow.length + unusable.size === 0
        ? ["the table has no message and no row of it"]
        : []),
      ...mayComeYet.map(
        ({ member, row }) =>
          `the message of ${timeOf(row)} is not in the table, and member ${member} has a row of it: ` +
          "it may be still to come; repair it again in a minute",
      ),
      ...withoutRow(withRow.length > 0, without, named),
    ],
  };
}

function movesTo(target: string, members: readonly [string, readonly Row[]][]): string[] {
  const behind = members.filter(([, rows]) => timeOf(newestOf(rows)) < target);
  const doubled = members.filter(([, { length }]) => length > 1);
  return [
    ...behind.map(
      ([member, rows]) => `member ${member}: row moved from ${timeOf(newestOf(rows))} to ${target}`,
    ),
    ...doubled.map(
      ([member, { length }]) =>
        `member ${member}: ${length - 1} duplicate ${length === 2 ? "row" : "rows"} removed`,
    ),
  ];
}

/** Of the rows that no move would change, those that show another text. An unusable message may be what a row shows. */
function wrongTexts(
  showing: readonly { readonly member: string; readonly row: Row }[],
  newest: NewestMessage | undefined,
  unusable: ReadonlyMap<string, string>,
): WrongText[] {
  if (!newest && unusable.size > 0) return [];
  return showing
    .filter(({ row }) => timeOf(row) >= (newest?.createdAt ?? "") && !unusable.has(timeOf(row)))
    .map((one) => ({ ...one, preview: previewFor(one.row, newest) }))
    .filter(({ row, preview }) => row["message"]?.S !== preview);
}

function previewFor(row: Row, newest: NewestMessage | undefined): string {
  const plain = Object.entries(row).map(([name, value]) => [name, value.S ?? value] as const);
  return previewOf(newest?.text ?? "", Object.fromEntries<unknown>(plain));
}

const isNew = (row: Row) => (instantOf(timeOf(row)) ?? 0) > Date.now() - MESSAGE_TO_COME_MILLISECONDS;

function newestOf([first = {}, ...others]: readonly Row[]): Row {
  return others.reduce((newest, row) => (timeOf(row) > timeOf(newest) ? row : newest), first);
}

function withoutRow(anyRow: boolean, without: readonly string[], named: ReadonlySet<string>): string[] {
  if (!anyRow)
    return without.length > 0
      ? [`no member has a row of it; its members and senders are ${without.join(", ")}`]
      : [];
  return without
    .filter((sender) => !named.has(sender))
    .map((sender) => `${sender} sent messages in it, has no row, and no row names them as a member`);
}

/** Finds the newest usable message, and the newer ones that are not, with the reason, by sort key. */
async function newestMessage(store: RowStore, conversationUuid: string) {
  const unusable = new Map<string, string>();
  const newestFirst = { ScanIndexForward: false, Limit: MESSAGES_AT_ONCE };
  for await (const item of readMessages(store, conversationUuid, newestFirst)) {
    const { message, faults } = readMessage(item);
    const instant = instantOf(message.createdAt) ?? 0;
    if (instant > Date.now() + MAXIMUM_CLOCK_SKEW_MILLISECONDS) faults.push("its time is in the future");
    if (faults.length === 0) return { newest: message, unusable };
    unusable.set(sortKeyOf(item), faults.join(", "));
  }
  return { unusable };
}

/** The rows of members, and of whom these rows name, by member. */
async function rowsOfMembers(store: RowStore, conversationUuid: string, members: Iterable<string>) {
  const rows = new Map<string, readonly Row[]>();
  const asked = new Set(members);
  // The set grows during the loop: users named by a row are looked up too.
  for (const member of asked) {
    const theirs = await rowsOfMember(store, conversationUuid, member);
    rows.set(member, theirs);
    for (const row of theirs) for (const named of membersNamedIn(row)) asked.add(named);
  }
  return rows;
}

async function rowsOfMember(store: RowStore, conversationUuid: string, member: string): Promise<Row[]> {
  const query = {
    KeyConditionExpression: "pk = :inbox",
    FilterExpression: "message_group_uuid = :conversation",
    ExpressionAttributeValues: {
      ":inbox": { S: inboxKey(member) },
      ":conversation": { S: conversationUuid },
    },
  };
  const rows: Row[] = [];
  for await (const row of read(store, query)) rows.push(row);
  return rows;
}

/** Every message of a conversation, read as the options say. */
export const readMessages = (
  store: RowStore,
  conversationUuid: string,
  options: Partial<QueryCommandInput>,
) =>
  read(store, {
    KeyConditionExpression: "pk = :messages",
    ExpressionAttributeValues: { ":messages": { S: messagesKey(conversationUuid) } },
    ...options,
  });

/** Every item of a query, read consistently by default, page by page as needed. */
export async function* read(
  { client, tableName }: RowStore,
  query: Omit<QueryCommandInput, "TableName">,
): AsyncGenerator<Row> {
  const consistently = { ConsistentRead: true, ...query, TableName: tableName };
  for await (const { Items = [] } of paginateQuery({ client }, consistently)) yield* Items;
}
