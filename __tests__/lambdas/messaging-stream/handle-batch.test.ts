import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { handleBatch } from "../../../lambdas/messaging-stream/handle-batch.ts";
import { ConversationCache } from "../../../lambdas/messaging-stream/conversation-cache.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import type { RowStore } from "../../../messaging/move-conversation.ts";
import { createMessagesTable } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";
import { putPair, rowsOf } from "../../support/rows.ts";
import { recording } from "../../support/recording-client.ts";
import { batchOf, type MessageFixture, textOf } from "../../support/stream-records.ts";
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
  const rowsAt = (n: number) => [`${time(n)} ${textOf(time(n))}`, `${time(n)} ${textOf(time(n))}`];
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

  test("needs one index query and one transaction per conversation, and no query on a cache hit", async () => {
    const x = await conversation();
    const { client, calls } = recording(store.client);
    const warm = streamFunction(client);
    await handleBatch(warm, batchOf(x.message(2), x.message(3), x.message(4)), plenty);
    expect(namesOf(calls.splice(0))).toEqual(["QueryCommand", "TransactWriteItemsCommand"]);
    await handleBatch(warm, batchOf(x.message(5), x.message(6)), plenty);
    expect(namesOf(calls.splice(0))).toEqual(["TransactWriteItemsCommand"]);
    await handleBatch(warm, batchOf(x.message(5), x.message(6)), plenty);
    expect(calls).toEqual([]);
    expect(await x.rows()).toEqual(rowsAt(6));
  });

  test("reports only a malformed record and a conversation without rows as failed", async () => {
    const x = await conversation();
    const unknown = { conversation: "nowhere", sender: "nobody", time: time(2) };
    const batch = batchOf(x.message(2), x.message(9), unknown, x.message(3));
    delete batch.Records[1]?.dynamodb?.NewImage?.["message"];
    expect(await handleBatch(streamFunction(), batch, plenty)).toEqual(failures("2", "3"));
    expect(await x.rows()).toEqual(rowsAt(3));
    const error = { name: "ConversationNotFoundError" };
    expect(logged()).toMatchObject([
      { level: "ERROR", event: "record-malformed", sequenceNumber: "2", missing: ["message"] },
      { level: "ERROR", event: "conversation-failed", sequenceNumber: "3", error },
      { level: "INFO", event: "batch", failed: 2 },
    ]);
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
