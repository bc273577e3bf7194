import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { handleBatch } from "../../../lambdas/messaging-stream/handle-batch.ts";
import { ConversationCache } from "../../../lambdas/messaging-stream/conversation-cache.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import type { RowStore } from "../../../messaging/read-rows.ts";
import { createMessagesTable } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";
import { putMessage, putPair, putRow, rowsOf } from "../../support/rows.ts";
import { recording } from "../../support/recording-client.ts";
import { batchOf, type MessageFixture, recordOf, rowRecordOf, textOf } from "../../support/stream-records.ts";
import { faults, unreliable } from "../../support/unreliable-client.ts";

const time = (n: number) => `2026-03-01T10:00:00.${`${n}`.padStart(6, "0")}Z`;
const plenty = { getRemainingTimeInMillis: () => 30_000 };

describeWith(["python"], "handleBatch", () => {
  let aws: EmbeddedAws;
  let store: RowStore;
  let count = 0;
  const log = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  const logged = () => log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    store = await createMessagesTable(aws, "messages");
  });
  afterAll(() => aws.stop());
  afterEach(() => {
    log.mockClear();
  });

  /** Creates a conversation of two members at time 1. */
  const conversation = async () => {
    count += 1;
    const [name, a, b] = [`c${count}`, `a${count}`, `b${count}`] as const;
    await putPair(store, name, [a, b], time(1));
    return {
      name,
      message: (n: number): MessageFixture => ({ conversation: name, sender: a, time: time(n) }),
      rows: async () => [...(await rowsOf(store, a, name)), ...(await rowsOf(store, b, name))],
    };
  };
  const rowAt = (n: number) => `${time(n)} ${textOf(time(n))}`;
  const rowsAt = (n: number) => [rowAt(n), rowAt(n)];
  const send = (message: MessageFixture) => putMessage(store, recordOf(message, ""));
  const [TRANSACTION, QUERY] = ["TransactWriteItemsCommand", "QueryCommand"];
  const namesOf = (calls: readonly object[]) => calls.map((call) => call.constructor.name);
  const failures = (...sequenceNumbers: string[]) => ({
    batchItemFailures: sequenceNumbers.map((itemIdentifier) => ({ itemIdentifier })),
  });
  const streamFunction = (client = store.client) => ({ ...store, client, known: new ConversationCache() });

  test("moves every conversation to its newest message, in any order of the records", async () => {
    const [x, y] = [await conversation(), await conversation()];
    const batch = batchOf(x.message(3), y.message(2), x.message(2), y.message(4));
    expect(await handleBatch(streamFunction(), batch, plenty)).toEqual(failures());
    expect(await x.rows()).toEqual(rowsAt(3));
    expect(await y.rows()).toEqual(rowsAt(4));
    const line = { event: "batch", records: 4, conversations: 2, rowsWritten: 4, failed: 0 };
    expect(logged()).toMatchObject([line]);
  });

  test("logs the messages that reached an inbox, and the longest delay, once", async () => {
    const [x, y] = [await conversation(), await conversation()];
    const batch = batchOf({ ...x.message(2), secondsOld: 20 }, { ...y.message(2), secondsOld: 40 });
    const delay = () => logged().at(-1)?.["inboxDelayMilliseconds"];
    await handleBatch(streamFunction(), batch, plenty);
    expect(logged().at(-1)).toMatchObject({ event: "batch", messages: 2, rowsWritten: 4 });
    expect(delay()).toBeGreaterThanOrEqual(39_000);
    expect(delay()).toBeLessThan(60_000);

    // The trigger is recreated, and reads the day before again.
    await handleBatch(streamFunction(), batch, plenty);
    expect(logged().at(-1)).toMatchObject({ messages: 2, rowsWritten: 0 });
    expect(delay()).toBeUndefined();

    // Of what it has seen before and what is new, only that is late.
    const more = batchOf({ ...x.message(2), secondsOld: 50_000 }, { ...x.message(3), secondsOld: 5 });
    await handleBatch(streamFunction(), more, plenty);
    expect(delay()).toBeLessThan(39_000);

    await handleBatch(streamFunction(), batchOf(), plenty);
    expect(delay()).toBeUndefined();
  });

  test("doesn't count the messages that Lambda retries", async () => {
    const x = await conversation();
    const late = { conversation: "without-rows", sender: "nobody", time: time(2), secondsOld: 1 };
    await handleBatch(streamFunction(), batchOf(x.message(2), late), plenty);
    expect(logged().at(-1)).toMatchObject({ records: 2, messages: 1, failed: 1 });
  });

  test("queries the index until it shows what the cache holds; then a move is one transaction", async () => {
    const x = await conversation();
    const { client, calls } = recording(store.client);
    const warm = streamFunction(client);
    for (const [batch, expected] of [
      [batchOf(x.message(2), x.message(3), x.message(4)), [QUERY, TRANSACTION]],
      [batchOf(x.message(5)), [QUERY, TRANSACTION]],
      [batchOf(x.message(6), x.message(7)), [TRANSACTION]],
      [batchOf(x.message(6), x.message(7)), []],
    ] as const) {
      await handleBatch(warm, batch, plenty);
      expect(namesOf(calls.splice(0))).toEqual(expected);
    }
    expect(await x.rows()).toEqual(rowsAt(7));
  });

  test.each([2, 10])("%d functions in turn never send a transaction that is refused", async (count) => {
    const x = await conversation();
    const { client, calls } = recording(store.client);
    const functions = Array.from({ length: count }, () => streamFunction(client));
    for (let n = 2; n < 42; n++)
      expect(
        await handleBatch(functions[n % count] ?? streamFunction(), batchOf(x.message(n)), plenty),
      ).toEqual(failures());
    expect(namesOf(calls).filter((name) => name === TRANSACTION)).toHaveLength(40);
    expect(namesOf(calls).filter((name) => name === QUERY)).toHaveLength(40);
    expect(await x.rows()).toEqual(rowsAt(41));
  });

  test("a function whose cache was wrong once asks the index for a minute", async () => {
    const [x, y] = [await conversation(), await conversation()];
    const { client, calls } = recording(store.client);
    const warm = streamFunction(client);
    for (const n of [2, 3, 4]) await handleBatch(warm, batchOf(x.message(n), y.message(n)), plenty);
    await handleBatch(streamFunction(), batchOf(x.message(5)), plenty);
    calls.length = 0;
    for (const n of [6, 7, 8]) await handleBatch(warm, batchOf(x.message(n)), plenty);
    await handleBatch(warm, batchOf(y.message(5)), plenty);
    const once = [QUERY, TRANSACTION];
    expect(namesOf(calls)).toEqual([TRANSACTION, ...once, ...once, ...once, ...once]);
  });

  test("refuses what no retry can mend, tells it with its keys, and moves the others", async () => {
    const x = await conversation();
    const old = { conversation: "nowhere", sender: "nobody", time: time(2), secondsOld: 61 };
    const batch = batchOf(x.message(2), x.message(9), old, x.message(3), { ...x.message(1), time: "9" });
    delete batch.Records[1]?.dynamodb?.NewImage?.["message"];
    expect(await handleBatch(streamFunction(), batch, plenty)).toEqual(failures());
    expect(await x.rows()).toEqual(rowsAt(3));
    const refused = { level: "ERROR", event: "record-refused" };
    expect(logged()).toMatchObject([
      { ...refused, sequenceNumber: "2", pk: `MSG#${x.name}`, sk: time(9), reason: "no message" },
      { ...refused, sequenceNumber: "5", sk: "9", reason: "sk is no ISO 8601 time" },
      { ...refused, sequenceNumber: "3", pk: "MSG#nowhere", sk: time(2), reason: "no member has a row" },
      { level: "INFO", event: "metric", RefusedRecords: 3 },
      { level: "INFO", event: "batch", refused: 3, failed: 0 },
    ]);
  });

  test("moves sixty conversations of one member with messages of the same instant", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `same-instant-${index}`);
    for (const [index, name] of names.entries())
      await putPair(store, name, ["busy", `other-${index}`], `2026-03-01T09:00:00.0000${10 + index}Z`);
    const messages = names.map((conversation) => ({ conversation, sender: "busy", time: time(1) }));
    expect(await handleBatch(streamFunction(), batchOf(...messages), plenty)).toEqual(failures());
    for (const [index, name] of names.entries()) {
      expect(await rowsOf(store, `other-${index}`, name)).toEqual([rowAt(1)]);
      expect(await rowsOf(store, "busy", name)).toEqual([expect.stringMatching(textOf(time(1)))]);
    }
  });

  test("retries a conversation without rows for a minute, since they may still be written", async () => {
    const at = (secondsOld: number) =>
      batchOf({ conversation: "not-yet", sender: "nobody", time: time(2), secondsOld });
    expect(await handleBatch(streamFunction(), at(50), plenty)).toEqual(failures("1"));
    const error = { name: "ConversationNotFoundError" };
    expect(logged()).toMatchObject([
      { event: "conversation-failed", error },
      { event: "batch", failed: 1 },
    ]);
    expect(await handleBatch(streamFunction(), at(61), plenty)).toEqual(failures());
  });

  test.each([
    ["without records", {}],
    ["with null for records", { Records: null }],
    ["with a null record", { Records: [null] }],
  ])("an event %s is no failure", async (_, event) => {
    expect(await handleBatch(streamFunction(), event as never, plenty)).toEqual(failures());
  });

  test("a row that appears while others have the conversation cached ends at the newest message, in any order", async () => {
    for (const order of ["row first", "message first"]) {
      const x = await conversation();
      const newcomer = `${x.name}-newcomer`;
      const [one, other] = [streamFunction(), streamFunction()];
      for (const n of [2, 3, 4]) await handleBatch(one, batchOf(x.message(n)), plenty);
      await send(x.message(4));
      await putRow(store, { conversation: x.name, member: newcomer, other: newcomer, time: time(4) });
      await send(x.message(5));
      const row = { Records: [rowRecordOf({ conversation: x.name, member: newcomer, time: time(4) }, "1")] };
      const steps = [
        () => handleBatch(other, row, plenty),
        () => handleBatch(one, batchOf(x.message(5)), plenty),
      ];
      if (order === "message first") steps.reverse();
      for (const step of steps) expect(await step()).toEqual(failures());
      expect(await rowsOf(store, newcomer, x.name)).toEqual([rowAt(5)]);
      // The first function still had the conversation of two in its cache.
      await send(x.message(6));
      await handleBatch(one, batchOf(x.message(6)), plenty);
      expect(await rowsOf(store, newcomer, x.name)).toEqual([rowAt(6)]);
      expect(await x.rows()).toEqual(rowsAt(6));
    }
  });

  test("reports every conversation as failed if too little time is left", async () => {
    const [x, y] = [await conversation(), await conversation()];
    const late = { getRemainingTimeInMillis: () => 1_900 };
    const batch = batchOf(x.message(2), y.message(2));
    expect(await handleBatch(streamFunction(), batch, late)).toEqual(failures("1", "2"));
    expect(await x.rows()).toEqual(rowsAt(1));
  });

  test("aborts a hanging call in time, and reports its conversation as failed", async () => {
    const x = await conversation();
    const hanging = {
      send: (_: object, { abortSignal }: { abortSignal: AbortSignal }) =>
        new Promise((_, reject) => {
          abortSignal.addEventListener("abort", () => {
            reject(new Error("aborted"));
          });
        }),
    };
    const begun = Date.now();
    const soon = { getRemainingTimeInMillis: () => 2_100 - (Date.now() - begun) };
    const batch = batchOf(x.message(2));
    expect(await handleBatch(streamFunction(hanging as never), batch, soon)).toEqual(failures("1"));
    expect(soon.getRemainingTimeInMillis()).toBeGreaterThan(0);
  });

  test.each(faults.flatMap((fault) => [0, 1, 2, 3].map((call) => [fault, call] as const)))(
    "%s at call %d: nothing is lost, and what failed is named",
    async (fault, call) => {
      const [x, y] = [await conversation(), await conversation()];
      const batch = batchOf(x.message(2), y.message(2), x.message(3));
      let calls = 0;
      const client = unreliable(store.client, () => (calls++ === call ? fault : undefined));
      const { batchItemFailures } = await handleBatch(streamFunction(client), batch, plenty);
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const [{ rows: rowsNow }, first, newest] of [
        [x, "1", 3],
        [y, "2", 2],
      ] as const) {
        const rows = (await rowsNow()).map((row) => row.slice(0, time(1).length));
        expect([time(1), time(newest)]).toContain(rows[0]);
        expect(rows).toEqual([rows[0], rows[0]]);
        if (!failed.has(first)) expect(rows[0]).toBe(time(newest));
      }
      expect([...failed].filter((sequenceNumber) => !["1", "2"].includes(sequenceNumber))).toEqual([]);
      if (!fault.startsWith("crash")) expect(failed.size).toBeLessThanOrEqual(1);

      expect(await handleBatch(streamFunction(), batch, plenty)).toEqual(failures());
      expect(await x.rows()).toEqual(rowsAt(3));
      expect(await y.rows()).toEqual(rowsAt(2));
    },
  );
});
