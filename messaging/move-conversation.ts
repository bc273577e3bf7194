import { setTimeout as sleep } from "node:timers/promises";
import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  groupIntoTransactions,
  type MemberPlan,
  planMember,
  planMembersItem,
  type Target,
} from "./plan-move.ts";
import type { NewestMessage } from "./read-message.ts";
import {
  memberCountOf,
  membersNamedIn,
  queryInbox,
  queryIndex,
  queryMembers,
  queryNewestOfInbox,
  readNewestMessage,
  type Row,
  type RowsByMember,
  type RowStore,
  sendOptions,
  sortKeyOf,
  timeOf,
} from "./read-rows.ts";

/** What a caller knows of a conversation's rows. A row never goes back in time, so each is there or at a later time. */
export interface KnownRows {
  readonly rows: RowsByMember;
  /** Whether they are probably all, and as they were: then the index isn't queried unless that turns out to be wrong. */
  readonly probablyCurrent: boolean;
}

/** The result of a move. */
export interface MoveResult {
  /** The rows after the move, of the members that have any. */
  readonly rows: RowsByMember;
  /** Number of members whose rows were written; 0 if all were up to date. */
  readonly written: number;
  /** The earliest time that a written row had before; undefined if none was written. */
  readonly movedFrom?: string | undefined;
  /** Whether the known rows were all that there were, and as they were. */
  readonly foundAsKnown: boolean;
}

/** No member has a row of this conversation, in the index or in the table. */
export class ConversationNotFoundError extends Error {
  override readonly name = "ConversationNotFoundError";
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
 * @param known Default: nothing is known.
 * @throws ConversationNotFoundError, MoveGivenUpError, or the client's error.
 */
export const moveConversation = (
  store: RowStore,
  message: NewestMessage,
  known = NOTHING,
): Promise<MoveResult> => new Move(store, message, known).run();

/** Sort keys at which rows of a conversation have appeared, by member. */
export type AppearedRows = ReadonlyMap<string, string>;

/**
 * Moves a conversation of which rows have appeared to its newest message. A function that moves it at the same time
 * and doesn't know of these rows is noticed: either it sees that the other rows count one member more, or this move
 * sees that they have moved on, and looks for the newest message again.
 *
 * @param newest the newest message that the caller knows. Default: none.
 * @returns undefined if there is no message yet.
 * @throws ConversationNotFoundError, MoveGivenUpError, or the client's error.
 */
export async function moveToNewest(
  store: RowStore,
  conversationUuid: string,
  appeared: AppearedRows,
  newest?: NewestMessage,
): Promise<MoveResult | undefined> {
  const rows = new Map<string, readonly Row[]>();
  for (const [member, sortKey] of appeared)
    rows.set(member, await queryInbox(store, member, conversationUuid, sortKey));
  if ([...rows.values()].flat().length === 0) return newest && moveConversation(store, newest);
  for (let message = newest; ;) {
    const previous = message;
    const { newest: stored } = await readNewestMessage(store, conversationUuid);
    if (stored && stored.createdAt > (message?.createdAt ?? "")) message = stored;
    if (!message) return undefined;
    const moved = await moveConversation(store, message, { rows, probablyCurrent: false });
    const { createdAt } = message;
    const isAhead = [...moved.rows.values()].flat().some((row) => timeOf(row) > createdAt);
    if (!isAhead || previous === message) return moved;
  }
}

const NOTHING: KnownRows = { rows: new Map(), probablyCurrent: false };

/** One move of one conversation. */
class Move {
  readonly #store: RowStore;
  readonly #message: NewestMessage;
  readonly #known: KnownRows;
  /** The rows as far as they are known by now; none for a member that has none. */
  readonly #rows: Map<string, readonly Row[]>;
  /** Microseconds after the message, for members with another conversation's row at its time. */
  readonly #shifts = new Map<string, number>();
  readonly #written = new Set<string>();
  #movedFrom?: string;
  #isIndexQueried = false;
  #foundAsKnown = true;

  constructor(store: RowStore, message: NewestMessage, known: KnownRows) {
    this.#store = store;
    this.#message = message;
    this.#known = known;
    this.#rows = new Map(known.rows);
  }

  async run(): Promise<MoveResult> {
    if (!this.#known.probablyCurrent) await this.#queryIndex();
    for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
      await this.#findMissingMembers();
      const plans = this.#plan();
      if (plans.length === 0) return this.#result();
      if (attempt > 0) await backOff(attempt, this.#store.signal);
      await this.#write(plans);
    }
    throw new MoveGivenUpError(
      `The rows of conversation ${this.#message.conversationUuid} were busy at every try.`,
    );
  }

  #result(): MoveResult {
    return {
      rows: this.#present(),
      written: this.#written.size,
      movedFrom: this.#movedFrom,
      foundAsKnown: this.#foundAsKnown,
    };
  }

  /** Takes what the index shows, unless a later row is known. Where the index seems to be behind, reads the table. */
  async #queryIndex(): Promise<void> {
    this.#isIndexQueried = true;
    const shown = await queryIndex(this.#store, this.#message.conversationUuid);
    this.#foundAsKnown &&= isSame(shown, this.#rows);
    for (const [member, rows] of shown)
      if (newestOf(rows) >= newestOf(this.#rows.get(member) ?? [])) this.#rows.set(member, rows);
    const newest = [...this.#rows.values()].flat().map(timeOf).sort().at(-1) ?? "";
    const isDoubtful = (rows: readonly Row[]) => rows.length > 1 || rows.some((row) => timeOf(row) < newest);
    await this.#read([...this.#present()].filter(([, rows]) => isDoubtful(rows)).map(([member]) => member));
  }

  /** Reads the rows of members from the table, where a known row is the earliest that there can be. */
  async #read(members: readonly string[]): Promise<void> {
    const { conversationUuid } = this.#message;
    const earliest = sortKeysOf([...this.#rows.values()].flat())[0];
    const read = async (member: string) => {
      const from = sortKeysOf(this.#rows.get(member) ?? [])[0] ?? earliest;
      const rows =
        from === undefined
          ? await queryNewestOfInbox(this.#store, member, conversationUuid)
          : await queryInbox(this.#store, member, conversationUuid, from);
      this.#rows.set(member, rows);
    };
    await Promise.all(members.map(read));
  }

  /** Finds members that the index doesn't show, since it is behind. A member without a row is looked for once. */
  async #findMissingMembers(): Promise<void> {
    for (let missing; (missing = await this.#missingMembers()).length > 0;) {
      this.#foundAsKnown = false;
      await this.#read(missing);
    }
    if (this.#present().size === 0)
      throw new ConversationNotFoundError(
        `No member has a row of conversation ${this.#message.conversationUuid}.`,
      );
  }

  /** Members that are to be looked for: none if as many members have a row as the rows say. */
  async #missingMembers(): Promise<string[]> {
    const { conversationUuid, senderUuid } = this.#message;
    const rows = [...this.#rows.values()].flat();
    const counts = rows.map(memberCountOf);
    const expected = Math.max(0, ...counts.map((count) => count ?? 0));
    const isCounted = rows.length > 0 && !counts.includes(undefined);
    if (isCounted && expected <= this.#present().size) return [];
    const named = [senderUuid, ...rows.flatMap(membersNamedIn)];
    if (expected > Math.max(2, this.#present().size))
      named.push(...(await queryMembers(this.#store, conversationUuid)));
    return [...new Set(named)].filter((member) => !this.#rows.has(member));
  }

  #present(): ReadonlyMap<string, readonly Row[]> {
    return new Map([...this.#rows].filter(([, rows]) => rows.length > 0));
  }

  #target(): Target {
    return {
      tableName: this.#store.tableName,
      message: this.#message,
      memberCount: this.#present().size,
    };
  }

  #plan(): MemberPlan[] {
    const target = this.#target();
    return [...this.#rows].flatMap(([member, rows]) =>
      planMember(target, member, rows, this.#shifts.get(member)),
    );
  }

  async #write(plans: readonly MemberPlan[]): Promise<void> {
    const list = planMembersItem(this.#target(), this.#present());
    for (const [index, transaction] of groupIntoTransactions(plans, list.length).entries()) {
      const { done, changed, taken } = await this.#send(transaction, index === 0 ? list : []);
      for (const { member, left } of done) {
        const before = (this.#rows.get(member) ?? []).map(timeOf).sort().at(-1) ?? "";
        if (this.#movedFrom === undefined || before < this.#movedFrom) this.#movedFrom = before;
        this.#rows.set(member, left);
        this.#written.add(member);
      }
      for (const member of taken) this.#shifts.set(member, nextShift(this.#shifts.get(member) ?? 0));
      if (changed.length > 0) await this.#readChanged(changed);
    }
  }

  /** Reads rows that have changed since they were read: in the index, which is cheaper, unless it was queried already. */
  async #readChanged(members: readonly string[]): Promise<void> {
    this.#foundAsKnown = false;
    const before = new Map(members.map((member) => [member, newestOf(this.#rows.get(member) ?? [])]));
    if (!this.#isIndexQueried) await this.#queryIndex();
    await this.#read(
      members.filter((member) => newestOf(this.#rows.get(member) ?? []) === before.get(member)),
    );
  }

  /** Sends one transaction. If it fails, names the members whose rows have changed, or whose new key is taken. */
  async #send(plans: readonly MemberPlan[], others: readonly TransactWriteItem[]): Promise<Outcome> {
    const actions = plans.flatMap((plan) => plan.actions.map((action) => ({ action, member: plan.member })));
    try {
      await this.#store.client.send(
        new TransactWriteItemsCommand({ TransactItems: [...actions.map(({ action }) => action), ...others] }),
        sendOptions(this.#store.signal),
      );
      return { done: plans, changed: [], taken: [] };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const [changed, taken] = [new Set<string>(), new Set<string>()];
      for (const [index, { Code: code = "None", Item: found }] of (
        error.CancellationReasons ?? []
      ).entries()) {
        const isTaken = found && found["message_group_uuid"]?.S !== this.#message.conversationUuid;
        if (code === "ConditionalCheckFailed") (isTaken ? taken : changed).add(actions[index]?.member ?? "");
        else if (code !== "None" && !RETRYABLE_CODES.has(code)) throw error;
      }
      return { done: [], changed: [...changed], taken: [...taken] };
    }
  }
}

/** What became of a transaction. */
interface Outcome {
  readonly done: readonly MemberPlan[];
  /** Members whose rows have changed since they were read. */
  readonly changed: readonly string[];
  /** Members with another conversation's row at the time of the message. */
  readonly taken: readonly string[];
}

const sortKeysOf = (rows: readonly Row[]) => rows.map(sortKeyOf).sort();

const newestOf = (rows: readonly Row[]) => sortKeysOf(rows).at(-1) ?? "";

/** Whether both have one row of each member, at the same sort key. */
const isSame = (shown: RowsByMember, known: RowsByMember) =>
  shown.size === known.size &&
  [...shown].every(([member, [row, ...more]]) => {
    const [knownRow] = known.get(member) ?? [];
    return row && knownRow && more.length === 0 && sortKeyOf(row) === sortKeyOf(knownRow);
  });

/** The next microsecond, then random steps that grow, so that many moves at one instant find a free one soon. */
const nextShift = (shift: number) => (shift === 0 ? 1 : shift * 2 + Math.floor(Math.random() * shift * 4));

/** Exponential backoff with jitter. */
async function backOff(attempt: number, signal?: AbortSignal) {
  const maximum = Math.min(BACKOFF_LIMIT_MILLISECONDS, BACKOFF_BASE_MILLISECONDS * 2 ** attempt);
  await sleep(Math.random() * maximum, undefined, signal && { signal });
}
