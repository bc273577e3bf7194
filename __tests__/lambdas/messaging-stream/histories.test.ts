import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import type { DynamoDBRecord } from "aws-lambda";
import fc from "fast-check";
import { handleWithOriginalAlgorithm } from "../../../bench/original-algorithm.ts";
import { handleBatch } from "../../../lambdas/messaging-stream/handle-batch.ts";
import { ConversationCache } from "../../../lambdas/messaging-stream/conversation-cache.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import type { RowStore } from "../../../messaging/read-rows.ts";
import { createMessagesTable } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";
import { putMembers, putMessage, putRow, rowsOf } from "../../support/rows.ts";
import { recordOf, rowRecordOf, textOf } from "../../support/stream-records.ts";
import { faults, type StaleIndex, unreliable } from "../../support/unreliable-client.ts";

/** `npm run test:properties` runs more. */
const HISTORIES = Number(process.env["HISTORIES"] ?? 50);

/** Number of functions that are warm. */
const FUNCTIONS = 3;

/** Sequences of messages, deliveries and faults in one messages table. */
const histories = fc.record({
  conversations: fc.array(
    fc.record({
      members: fc.integer({ min: 2, max: 5 }),
      secondRows: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
      /** Whether its rows are as they are written now, or as they were before. */
      isCounted: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  messages: fc.uniqueArray(
    fc.record({
      conversation: fc.nat({ max: 2 }),
      sender: fc.nat({ max: 4 }),
      time: fc.integer({ min: 100, max: 999 }),
    }),
    { selector: ({ time }) => time, minLength: 1, maxLength: 10 },
  ),
  /** Batch sizes; one more batch delivers the records that are left. */
  batchSizes: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
  /** For each delivery: the function, whether it starts with an empty cache, and one that handles it at the same time. */
  deliveries: fc.array(
    fc.record({
      by: fc.nat({ max: FUNCTIONS - 1 }),
      coldStart: fc.boolean(),
      also: fc.option(fc.nat({ max: FUNCTIONS - 1 }), { freq: 2, nil: undefined }),
    }),
    { maxLength: 8 },
  ),
  /** Members whose rows another writer puts before a batch is delivered, and the row's record after some more batches. */
  newcomers: fc.array(
    fc.record({
      conversation: fc.nat({ max: 2 }),
      beforeBatch: fc.nat({ max: 4 }),
      recordAfter: fc.nat({ max: 2 }),
    }),
    { maxLength: 2 },
  ),
  /** Indexes of the batches that are delivered again at the end. */
  repeats: fc.array(fc.nat({ max: 4 }), { maxLength: 2 }),
  faults: fc.array(fc.option(fc.constantFrom(...faults), { freq: 2, nil: undefined }), { maxLength: 8 }),
  /** For each index query: which rows are missing, and which are shown at an earlier sort key. */
  staleness: fc.array(
    fc.record({
      missing: fc.array(fc.boolean(), { maxLength: 5 }),
      old: fc.array(fc.boolean(), { maxLength: 5 }),
    }),
    { maxLength: 6 },
  ),
});
type History = typeof histories extends fc.Arbitrary<infer Value> ? Value : never;

/** More retries than a history has faults. */
const MOST_TRIES = 30;

/** Processes records with a client. Returns the sequence number from which to retry. */
type Handler = (store: RowStore, records: DynamoDBRecord[]) => Promise<string | undefined>;

const startAsShipped = (): Handler => {
  const known = new ConversationCache();
  return async (store, Records) => {
    const context = { getRemainingTimeInMillis: () => 30_000 };
    const { batchItemFailures } = await handleBatch({ ...store, known }, { Records }, context);
    const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    return failed.sort((x, y) => Number(x) - Number(y))[0];
  };
};

const startAsTheOriginal = (): Handler => async (store, records) => {
  try {
    await handleWithOriginalAlgorithm(store, records);
    return undefined;
  } catch {
    return records[0]?.dynamodb?.SequenceNumber;
  }
};

describeWith(["python"], "any history", () => {
  let aws: EmbeddedAws;
  let store: RowStore;
  let count = 0;
  jest.spyOn(process.stdout, "write").mockReturnValue(true);

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    store = await createMessagesTable(aws, "messages");
  });
  afterAll(() => aws.stop());

  /** Runs a history. Returns violations in the rows, at its end or in between. */
  async function play(history: History, startProcess: () => Handler): Promise<string[]> {
    count += 1;
    const name = (...parts: (string | number)[]) => ["h", count, ...parts].join("-");
    const time = (n: number) => `2026-03-01T10:00:00.${`${n}`.padStart(6, "0")}Z`;
    const people = history.conversations.map(({ members }, c) =>
      Array.from({ length: members }, (_, m) => name(c, "member", m)),
    );
    const rows = history.conversations.flatMap(({ secondRows, isCounted }, c) => {
      const everyone = people[c] ?? [];
      return everyone.flatMap((member, m) =>
        [10 + c, ...(m === 0 ? new Set(secondRows) : [])].map((n) => ({
          conversation: name(c),
          member,
          other: everyone[m ? 0 : 1] ?? "",
          ...(isCounted ? { memberCount: everyone.length } : everyone.length > 2 && { everyone }),
          time: time(n),
        })),
      );
    });
    await Promise.all(rows.map((row) => putRow(store, row)));
    for (const [c, { isCounted }] of history.conversations.entries())
      if (isCounted) await putMembers(store, name(c), people[c] ?? []);
    const records = history.messages.map(({ conversation, sender, time: n }, index) => {
      const c = conversation % people.length;
      const everyone = people[c] ?? [];
      return recordOf(
        { conversation: name(c), sender: everyone[sender % everyone.length] ?? "", time: time(n) },
        `${count * 1_000 + index}`,
      );
    });

    const touched = new Set(history.messages.map(({ conversation }) => conversation % people.length));
    const wrong: string[] = [];
    const newestTimes = people.map((_, c) => {
      const messages = history.messages.filter(({ conversation }) => conversation % people.length === c);
      return time(Math.max(10 + c, ...messages.map((message) => message.time)));
    });
    const checkMember = async (c: number, member: string, atTheEnd: boolean) => {
      const rows = await rowsOf(store, member, name(c));
      if (rows.length === 0) wrong.push(`${member} has lost ${name(c)}`);
      if (rows.some((row) => row !== `${row.split(" ")[0] ?? ""} ${textOf(row.split(" ")[0] ?? "")}`))
        wrong.push(`${member}: text and time differ: ${rows.join()}`);
      if (atTheEnd && rows.length > 1 && touched.has(c))
        wrong.push(`${member} has ${name(c)} ${rows.length} times`);
      if (atTheEnd && !rows.at(-1)?.startsWith(newestTimes[c] ?? ""))
        wrong.push(`${member} is at ${rows.at(-1) ?? "no time"}, not at ${newestTimes[c] ?? ""}`);
    };
    const check = (atTheEnd: boolean) =>
      Promise.all(
        people.flatMap((everyone, c) =>
          atTheEnd || touched.has(c) ? everyone.map((member) => checkMember(c, member, atTheEnd)) : [],
        ),
      );

    const staleness = [...history.staleness];
    const pending = [...history.faults];
    const stale: StaleIndex = (now, earlier) => {
      const { missing = [], old = [] } = staleness.shift() ?? {};
      // Second rows are old, so the index always shows them.
      if (new Set(now.map((row) => row["pk"]?.S)).size < now.length) return now;
      return now.flatMap((row, index) => {
        if (missing[index]) return [];
        const once = earlier.flat().filter((before) => before["pk"]?.S === row["pk"]?.S);
        return old[index] && once[0] ? [once[0]] : [row];
      });
    };
    const batches: DynamoDBRecord[][] = [];
    const shown = new Map<string, Parameters<StaleIndex>[0][]>();
    const deliveries = [...history.deliveries];
    const functions = Array.from({ length: FUNCTIONS }, startProcess);
    /** Has one function handle a batch. Returns what has to be delivered again. */
    const handle = async (index: number, batch: DynamoDBRecord[]): Promise<DynamoDBRecord[]> => {
      const crash = { happened: false };
      const nextFault = () => {
        const fault = pending.shift();
        crash.happened ||= fault?.startsWith("crash") ?? false;
        return fault;
      };
      const client = unreliable(store.client, nextFault, stale, shown);
      const failedFrom = await functions[index]?.({ client, tableName: store.tableName }, batch);
      // A crashed process returns nothing, so another one gets the whole batch.
      if (crash.happened) functions[index] = startProcess();
      if (crash.happened) return batch;
      const isLeft = ({ dynamodb }: DynamoDBRecord) => Number(dynamodb?.SequenceNumber) >= Number(failedFrom);
      return failedFrom === undefined ? [] : batch.filter(isLeft);
    };
    const deliver = async (batch: DynamoDBRecord[]) => {
      let rest = batch;
      for (let tries = 0; rest.length > 0 && tries < MOST_TRIES; tries++) {
        const { by, coldStart, also } = deliveries.shift() ?? { by: 0, coldStart: false };
        if (coldStart) functions[by] = startProcess();
        const others = also === undefined || also === by ? [] : [also];
        [rest = []] = await Promise.all([by, ...others].map((index) => handle(index, rest)));
        await check(false);
      }
      if (rest.length > 0) wrong.push(`a batch of ${rest.length} failed ${MOST_TRIES} times`);
    };
    const rowRecords: { after: number; record: DynamoDBRecord }[] = [];
    const welcome = async (c: number, batch: number, recordAfter: number) => {
      const row = {
        conversation: name(c),
        member: name(c, "newcomer", rowRecords.length),
        time: time(10 + c),
      };
      await putRow(store, { ...row, other: people[c]?.[0] ?? "" });
      people[c]?.push(row.member);
      const record = rowRecordOf(row, `${count * 1_000 + 500 + rowRecords.length}`);
      rowRecords.push({ after: batch + recordAfter, record });
    };
    for (const [index, size] of [...history.batchSizes, records.length].entries()) {
      for (const { conversation, beforeBatch, recordAfter } of history.newcomers)
        if (beforeBatch === index) await welcome(conversation % people.length, index, recordAfter);
      const batch = records.splice(0, size);
      await Promise.all(batch.map((record) => putMessage(store, record)));
      if (batch.length > 0) batches.push(batch);
      await deliver(batch);
      for (const { after, record } of rowRecords) if (after === index) await deliver([record]);
    }
    for (const { after, record } of rowRecords)
      if (after > history.batchSizes.length) await deliver([record]);
    if (batches.length > 0)
      for (const place of history.repeats) await deliver(batches[place % batches.length] ?? []);
    await check(true);
    return wrong;
  }

  test(
    "leaves one row for each member and conversation, at its newest message",
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          expect(await play(history, startAsShipped)).toEqual([]);
        }),
        { numRuns: HISTORIES },
      );
    },
    Math.max(120_000, HISTORIES * 2_000),
  );

  test("the original algorithm loses rows, duplicates them or moves them back", async () => {
    const outcome = await fc.check(
      fc.asyncProperty(histories, async (history) => (await play(history, startAsTheOriginal)).length === 0),
      { numRuns: HISTORIES, endOnFailure: true },
    );
    expect(outcome.failed).toBe(true);
  }, 120_000);
});
