import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import type { Row } from "../../../messaging/read-rows.ts";
import { compareTables } from "../../../restore/compare/compare-tables.ts";
import type { ScannedItem, ScannedPage } from "../../../restore/compare/comparison-journal.ts";
import type { ItemKey } from "../../../restore/compare/comparison.ts";
import { findDifferences } from "../../../restore/compare/find-differences.ts";
import { createMessagesTable } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";
import { putItems } from "../../support/table-items.ts";

const item = fc.record(
  {
    pk: fc.constantFrom("MSG#a", "MSG#b", "MEM#a", "GRP#a", "GRP#b", "x"),
    sk: fc.constantFrom("1", "2", "3"),
    conversation: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
    text: fc.string({ maxLength: 1 }),
    set: fc.subarray(["a", "b", "c"], { minLength: 2 }),
  },
  // isDeepStrictEqual tells objects without a prototype from others.
  { noNullPrototype: true },
);
type Drawn = typeof item extends fc.Arbitrary<infer T> ? T : never;

const keyOf = ({ pk, sk }: Drawn) => `${pk} ${sk}`;
const items = fc.uniqueArray(item, { selector: keyOf, maxLength: 15 });

/** The items of before and those of now: some of before that stayed, and others that were put. */
const changes = fc
  .record({ before: items, put: items, stays: fc.infiniteStream(fc.boolean()) })
  .map(({ before, put, stays }) => {
    const stayed = before.filter(() => stays.next().value === true);
    return { before, now: [...stayed, ...put.filter((one) => !hasKey(stayed, one))] };
  });

const hasKey = (some: readonly Drawn[], one: Drawn) => some.some((other) => keyOf(other) === keyOf(one));
const without = (some: readonly Drawn[], others: readonly Drawn[]) =>
  some.filter((one) => !hasKey(others, one));

const toItem = ({ pk, sk, conversation, text, set }: Drawn, order: readonly string[]): Row => ({
  pk: { S: pk },
  sk: { S: sk },
  text: { S: text },
  set: { SS: order.filter((value) => set.includes(value)) },
  ...(conversation !== undefined && { message_group_uuid: { S: conversation } }),
});

/** Whether an item is a row of which these have another one, of the same member and conversation. */
const isRowAmong = (others: readonly Drawn[], { pk, conversation }: Drawn) =>
  pk.startsWith("GRP#") &&
  conversation !== undefined &&
  others.some((other) => other.pk === pk && other.conversation === conversation);

describeWith(["python"], "the comparison of any two tables, on a real DynamoDB API", () => {
  const folder = mkdtempSync(join(tmpdir(), "any-tables-test-"));
  let aws: EmbeddedAws;
  beforeAll(async () => {
    aws = await startEmbeddedAws();
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  test("is exactly their difference as sets", async () => {
    let tables = 0;
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 1, max: 20 }), async ({ before, now }, itemsAtOnce) => {
        tables += 1;
        const restored = await createMessagesTable(aws, `restored-${tables}`);
        const live = await createMessagesTable(aws, `live-${tables}`);
        await putItems(
          restored,
          before.map((one) => toItem(one, ["a", "b", "c"])),
        );
        await putItems(
          live,
          now.map((one) => toItem(one, ["c", "b", "a"])),
        );
        const found = await compareTables({
          client: live.client,
          table: "messages",
          restored: restored.tableName,
          live: live.tableName,
          journalFile: join(folder, "journal.jsonl"),
          itemsAtOnce,
          onProgress: () => undefined,
        });
        const keys = (some: readonly ItemKey[]) => some.map(({ partition, sort }) => `${partition} ${sort}`);
        const lone = (some: readonly Drawn[], others: readonly Drawn[]) =>
          without(some, others)
            .sort((one, two) => (keyOf(one) < keyOf(two) ? -1 : 1))
            .map((one) => ({ partition: one.pk, sort: one.sk, moved: isRowAmong(others, one) }));
        const changed = before.filter(
          (one) => hasKey(now, one) && !now.some((two) => isDeepStrictEqual(one, two)),
        );
        expect([found.restored.items, found.live.items]).toEqual([before.length, now.length]);
        expect(found.onlyRestored).toEqual(lone(before, now));
        expect(found.onlyLive).toEqual(lone(now, before));
        expect(keys(found.different)).toEqual(changed.map(keyOf).sort());
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

test("tables that don't fit into memory are compared in parts, with the same result", async () => {
  const scanned = items.map((drawn) =>
    drawn.map(({ pk, sk, text, conversation = "" }): ScannedItem => [pk, sk, text, conversation]),
  );
  await fc.assert(
    fc.asyncProperty(scanned, scanned, fc.integer({ min: 2, max: 6 }), async (before, now, parts) => {
      const pages = async function* (): AsyncGenerator<ScannedPage> {
        await Promise.resolve();
        for (const one of before) yield { side: "restored", items: [one], readUnits: 0 };
        yield { side: "live", items: now, readUnits: 0 };
      };
      expect(await findDifferences(pages, parts)).toEqual(await findDifferences(pages, 1));
    }),
  );
});
