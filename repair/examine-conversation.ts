import { instantOf } from "../messaging/message-time.ts";
import { previewOf } from "../messaging/preview.ts";
import type { NewestMessage } from "../messaging/read-message.ts";
import {
  membersNamedIn,
  queryInbox,
  queryMembers,
  readNewestMessage,
  type Row,
  type RowsByMember,
  type RowStore,
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
  let { newest, unusable } = await readNewestMessage(store, conversationUuid);
  while (newest && !rows.has(newest.senderUuid)) {
    const found = await rowsOfMembers(store, conversationUuid, [newest.senderUuid]);
    for (const [member, theirs] of found) rows.set(member, theirs);
    ({ newest, unusable } = await readNewestMessage(store, conversationUuid));
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
    .map((one) => ({ ...one, preview: previewOf(newest?.text ?? "", one.row) }))
    .filter(({ row, preview }) => row["message"]?.S !== preview);
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

/** The rows of members, and of whom these rows name, by member. */
async function rowsOfMembers(store: RowStore, conversationUuid: string, members: Iterable<string>) {
  const rows = new Map<string, readonly Row[]>();
  const asked = new Set(members);
  // The set grows during the loop: users named by a row are looked up too.
  for (const member of asked) {
    const theirs = await queryInbox(store, member, conversationUuid);
    rows.set(member, theirs);
    for (const row of theirs) for (const named of membersNamedIn(row)) asked.add(named);
  }
  return rows;
}
