import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { tableInput } from "../../../local/table-input.ts";
import { newMessage, sendMessage, startConversation } from "../../../messaging/conversations.ts";
import { inboxKey, membersKey, MEMBERS_SORT_KEY, messagesKey } from "../../../messaging/items.ts";
import { moveConversation } from "../../../messaging/move-conversation.ts";
import type { Row } from "../../../messaging/read-rows.ts";
import { compareTables, type TableComparison } from "../../../restore/compare/compare-tables.ts";
import { comparisonJson, comparisonText } from "../../../restore/compare/format-comparison.ts";
import { digestOf } from "../../../restore/compare/item-digest.ts";
import { clientSettings, createMessagesTable } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";
import { itemsOf, putItems } from "../../support/table-items.ts";

const SECRET = "what nobody but the members may read";
const [ann, ben, cy] = ["ann", "ben", "cy"].map((uuid) => ({
  uuid,
  displayName: `The secret ${uuid}`,
  handle: `secret-${uuid}`,
})) as [Member, Member, Member];
type Member = Parameters<typeof newMessage>[1];

describeWith(
  ["python"],
  "the comparison of a restored table with the live one, on a real DynamoDB API",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "compare-test-"));
    let aws: EmbeddedAws;
    let tables = 0;
    let live: Awaited<ReturnType<typeof createMessagesTable>>;
    let restored: typeof live;

    beforeAll(async () => {
      aws = await startEmbeddedAws();
    });
    beforeEach(async () => {
      tables += 1;
      live = await createMessagesTable(aws, `live-${tables}`);
      restored = await createMessagesTable(aws, `restored-${tables}`);
    });
    afterAll(async () => {
      await aws.stop();
      rmSync(folder, { recursive: true });
    });

    const compare = (given: Partial<TableComparison> = {}) =>
      compareTables({
        client: live.client,
        table: "messages",
        restored: restored.tableName,
        live: live.tableName,
        journalFile: join(folder, `${live.tableName}.jsonl`),
        itemsAtOnce: 3,
        onProgress: () => undefined,
        ...given,
      });
    const start = async (conversationUuid: string, members: readonly Member[]) =>
      startConversation(live.table, members, newMessage(conversationUuid, ann, `${SECRET} first`));
    const send = async (conversationUuid: string) => {
      const { createdAt, text } = await sendMessage(
        live.table,
        newMessage(conversationUuid, ann, `${SECRET} more`),
      );
      await moveConversation(live, { conversationUuid, createdAt, text, senderUuid: ann.uuid });
      return createdAt;
    };
    const remove = (pk: string, sk: string) =>
      live.table.client.send(new DeleteCommand({ TableName: live.tableName, Key: { pk, sk } }));
    /** Makes the restored table what the live one is now. */
    const restore = async () => putItems(restored, await itemsOf(live));

    test("says what was deleted, overwritten, moved and added since, by kind, in keys alone", async () => {
      const { createdAt: groupStart } = await start("group", [ann, ben, cy]);
      const { createdAt: pairStart } = await start("pair", [ann, ben]);
      const other = { pk: "SETTINGS", sk: "theme", value: SECRET };
      await live.table.client.send(new PutCommand({ TableName: live.tableName, Item: other }));
      await restore();
      await remove(other.pk, other.sk);
      await remove(messagesKey("pair"), pairStart);
      await remove(membersKey("group"), MEMBERS_SORT_KEY);
      await remove(inboxKey("cy"), groupStart);
      await live.table.client.send(
        new UpdateCommand({
          TableName: live.tableName,
          Key: { pk: messagesKey("group"), sk: groupStart },
          UpdateExpression: "SET message = :text",
          ExpressionAttributeValues: { ":text": `${SECRET} overwritten` },
        }),
      );
      const pairMoved = await send("pair");
      const { createdAt: newStart } = await start("new", [ann, ben]);

      const comparison = await compare();
      expect(JSON.parse(comparisonJson(comparison))).toEqual({
        table: "messages",
        restored: { tableName: restored.tableName, items: 9, readUnits: expect.any(Number) as unknown },
        live: { tableName: live.tableName, items: 9, readUnits: expect.any(Number) as unknown },
        counts: {
          messages: { onlyRestored: 1, onlyLive: 2, different: 1, moved: 0 },
          conversationRows: { onlyRestored: 1, onlyLive: 2, different: 0, moved: 2 },
          memberLists: { onlyRestored: 1, onlyLive: 0, different: 0, moved: 0 },
          other: { onlyRestored: 1, onlyLive: 0, different: 0, moved: 0 },
        },
        onlyRestored: [
          { pk: "GRP#ann", sk: pairStart, moved: true },
          { pk: "GRP#ben", sk: pairStart, moved: true },
          { pk: "GRP#cy", sk: groupStart },
          { pk: "MEM#group", sk: "members" },
          { pk: "MSG#pair", sk: pairStart },
          { pk: "SETTINGS", sk: "theme" },
        ],
        onlyLive: [
          { pk: "GRP#ann", sk: pairMoved, moved: true },
          { pk: "GRP#ann", sk: newStart },
          { pk: "GRP#ben", sk: pairMoved, moved: true },
          { pk: "GRP#ben", sk: newStart },
          { pk: "MSG#new", sk: newStart },
          { pk: "MSG#pair", sk: pairMoved },
        ],
        different: [{ pk: "MSG#group", sk: groupStart }],
      });
      const text = comparisonText(comparison);
      expect(text).toContain(
        "conversation rows: 1 only in the restored table, 2 only in the live table, 2 moved since",
      );
      expect(text).toContain(`only in the restored table:\n  {"pk":"GRP#cy","sk":"${groupStart}"}\n`);
      for (const printed of [text, comparisonJson(comparison)]) expect(printed).not.toMatch(/secret|nobody/i);
    });

    test("of equal tables says so, whatever the order in which sets and maps were written", async () => {
      await start("group", [ann, ben, cy]);
      await restore();
      const comparison = await compare();
      expect(comparison).toMatchObject({ onlyRestored: [], onlyLive: [], different: [] });
      expect(comparisonText(comparison)).toContain("no difference");

      const item = (one: string, two: string, bytes = 1): Row => ({
        pk: { S: "a" },
        set: { SS: [one, two] },
        map: { M: one < two ? { x: { N: "1" }, y: { L: [] } } : { y: { L: [] }, x: { N: "1" } } },
        binary: { B: new Uint8Array([bytes]) },
      });
      expect(digestOf(item("1", "2"))).toBe(digestOf(item("2", "1")));
      expect(digestOf(item("1", "2"))).not.toBe(digestOf(item("1", "3")));
      expect(digestOf(item("1", "2"))).not.toBe(digestOf(item("1", "2", 2)));
      const list = (...values: string[]): Row => ({ l: { L: values.map((N) => ({ N })) } });
      expect(digestOf(list("1", "2"))).not.toBe(digestOf(list("2", "1")));
    });

    test("shows the first keys of many, and how to see all", async () => {
      for (let index = 0; index < 12; index++)
        await putItems(restored, [{ pk: { S: "MSG#c" }, sk: { S: `${100 + index}` } }]);
      const text = comparisonText(await compare());
      expect(text).toContain('{"pk":"MSG#c","sk":"109"}\n  and 2 more: --json shows all');
      expect(text).not.toContain('"110"');
    });

    test("reads the users' table by its own keys", async () => {
      const create = (name: string) => live.client.send(new CreateTableCommand(tableInput("users", name)));
      const [before, now] = ["users-restored", "users-live"];
      await Promise.all([create(before), create(now)]);
      const user = (name: string, about: string): Row => ({
        Name: { S: name },
        Title: { S: "Dr." },
        about: { S: about },
      });
      const { client } = live;
      await putItems({ client, tableName: before }, [user("a", "1"), user("b", "1"), user("c", "1")]);
      await putItems({ client, tableName: now }, [user("b", "1"), user("c", "2")]);
      const comparison = await compare({ table: "users", restored: before, live: now, itemsAtOnce: 1 });
      expect(JSON.parse(comparisonJson(comparison))).toMatchObject({
        counts: { users: { onlyRestored: 1, onlyLive: 0, different: 1, moved: 0 } },
        onlyRestored: [{ Name: "a", Title: "Dr." }],
        different: [{ Name: "c", Title: "Dr." }],
      });
    });

    test("sees what was written to the live table just before", async () => {
      await start("pair", [ann, ben]);
      const reads: unknown[] = [];
      const client = new DynamoDBClient(clientSettings(aws));
      client.middlewareStack.add(
        (next) => (call) => {
          const { TableName, ConsistentRead } = call.input as Record<string, unknown>;
          reads.push([TableName, ConsistentRead]);
          return next(call);
        },
        { step: "initialize" },
      );
      await compare({ client, itemsAtOnce: 100 });
      expect(reads).toEqual([
        [restored.tableName, false],
        [live.tableName, true],
      ]);
    });

    test("goes on where it was stopped", async () => {
      for (let index = 0; index < 4; index++) await start(`c${index}`, [ann, ben]);
      await restore();
      const { createdAt } = await start("new", [ann, ben]);
      const journalFile = join(folder, "stopped.jsonl");
      /** A client that fails at the call after `most`, and counts. */
      const counting = (most = Infinity) => {
        let count = 0;
        const client = new DynamoDBClient(clientSettings(aws));
        client.middlewareStack.add(
          (next) => (call) => {
            if ((count += 1) > most) throw new Error("stopped");
            return next(call);
          },
          { step: "initialize" },
        );
        return { client, count: () => count };
      };
      const stopped = counting(6);
      await expect(compare({ client: stopped.client, journalFile })).rejects.toThrow("stopped");
      expect(readFileSync(journalFile, "utf8")).not.toMatch(/secret|nobody/i);
      // As a crash in the middle of a line leaves it.
      appendFileSync(journalFile, '{"side":"live","items":[["MSG');

      const rest = counting();
      const progress: number[] = [];
      const comparison = await compare({
        client: rest.client,
        journalFile,
        onProgress: ({ items }) => progress.push(items),
      });
      const whole = counting();
      expect(comparison).toEqual(await compare({ client: whole.client }));
      expect(comparison.onlyLive).toContainEqual({ partition: "MSG#new", sort: createdAt, moved: false });
      expect(rest.count()).toBe(whole.count() - 6);
      expect(progress.at(-1)).toBe(comparison.live.items);
      expect(existsSync(journalFile)).toBe(false);
    });

    test.each([
      ["of other tables", { restored: "another", begun: new Date() }],
      ["of more than a day ago", { begun: new Date(Date.now() - 25 * 3_600_000) }],
    ])("begins anew where the journal is %s", async (_, { begun, ...other }) => {
      await start("c1", [ann, ben]);
      await restore();
      const journalFile = join(folder, "other.jsonl");
      const tables = { restored: restored.tableName, live: live.tableName, ...other };
      const lines = [
        { ...tables, begun: begun.toISOString() },
        { side: "restored", items: [["MSG#former", "1", "digest"]], readUnits: 1 },
      ];
      writeFileSync(journalFile, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      expect((await compare({ journalFile })).onlyRestored).toEqual([]);
    });
  },
);
