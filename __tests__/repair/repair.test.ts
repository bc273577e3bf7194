import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { namesOf } from "../../config/names.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { messageItem } from "../../messaging/items.ts";
import { moveConversation, type RowStore } from "../../messaging/move-conversation.ts";
import { repairTable, repairOne, type TableRepair } from "../../repair/repair-table.ts";
import { limitCapacity } from "../../repair/capacity-limit.ts";
import type { Repair } from "../../repair/repair-conversation.ts";
import { dev, useTestEnvironments } from "../support/environments.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { copySources, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";
import { putPair, putRow, rowsOf } from "../support/rows.ts";

const T1 = "2026-03-01T10:00:00.000001Z";
const T2 = "2026-03-01T10:00:00.000002Z";
const T3 = "2026-03-01T10:00:00.000003Z";
const SECRET = "what nobody but the members may read";

describeWith(["python"], "repair, on a real DynamoDB API", () => {
  let aws: EmbeddedAws;
  let store: RowStore;
  let tables = 0;
  const folder = mkdtempSync(join(tmpdir(), "repair-test-"));

  beforeAll(async () => {
    aws = await startEmbeddedAws();
  });
  beforeEach(async () => {
    store = await createMessagesTable(aws, `messages-${(tables += 1)}`);
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  const putMessage = async (conversation: string, sender: string, time: string, to = store) => {
    const { pk, sk, ...rest } = messageItem({
      uuid: `${conversation}-${time}`,
      conversationUuid: conversation,
      createdAt: time,
      text: `${SECRET} ${time}`,
      sender: { uuid: sender, displayName: sender.toUpperCase(), handle: sender },
    });
    const Item = Object.fromEntries(Object.entries({ pk, sk, ...rest }).map(([name, S]) => [name, { S }]));
    await to.client.send(new PutItemCommand({ TableName: to.tableName, Item }));
  };
  const removeRow = (member: string, time: string) =>
    store.client.send(
      new DeleteItemCommand({
        TableName: store.tableName,
        Key: { pk: { S: `GRP#${member}` }, sk: { S: time } },
      }),
    );
  const repair = async (given: Partial<TableRepair> = {}) => {
    const repairs: Repair[] = [];
    const conversations = await repairTable({
      store,
      dryRun: false,
      resume: false,
      checkpointFile: join(folder, `${store.tableName}.jsonl`),
      itemsAtOnce: 5,
      onRepair: (one) => repairs.push(one),
      onProgress: () => undefined,
      ...given,
    });
    return { conversations, repairs };
  };
  const at = (time: string) => [`${time} ${SECRET} ${time}`];

  test("rows that are behind, and second rows, are brought to the newest message; what is right stays", async () => {
    for (const [conversation, time] of [
      ["behind", T1],
      ["doubled", T1],
      ["right", T3],
    ] as const) {
      await putPair(store, conversation, ["a", "b"], conversation === "doubled" ? `${time}-` : time);
      for (const sent of [T1, T2, T3]) await putMessage(conversation, "a", sent);
      // One instant for each conversation, since the members are the same.
      if (conversation !== "right") await putMessage(conversation, "b", `${T3}-${conversation}`);
    }
    await putRow(store, { conversation: "doubled", member: "a", other: "b", time: `${T2}-` });

    const { conversations, repairs } = await repair();
    expect(conversations).toBe(3);
    expect(repairs.map(({ conversationUuid }) => conversationUuid).sort()).toEqual(["behind", "doubled"]);
    expect(repairs.flatMap(({ left }) => left)).toEqual([]);
    expect(repairs.flatMap(({ changes }) => changes)).toEqual(
      expect.arrayContaining([
        `member a: row moved from ${T1} to ${T3}-behind`,
        "member a: 1 second row removed",
      ]),
    );
    for (const member of ["a", "b"]) {
      for (const conversation of ["behind", "doubled"])
        expect(await rowsOf(store, member, conversation)).toEqual(at(`${T3}-${conversation}`));
      expect(await rowsOf(store, member, "right")).toEqual([`${T3} text of ${T3}`]);
    }
    expect((await repair()).repairs).toEqual([]);
  });

  test("a dry run says the same and changes nothing", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T2);
    await removeRow("b", T1);
    const before = await store.client.send(new ScanCommand({ TableName: store.tableName }));
    const foreseen = await repair({ dryRun: true });
    const after = await store.client.send(new ScanCommand({ TableName: store.tableName }));
    expect(after.Items).toEqual(before.Items);
    expect((await repair()).repairs).toEqual(foreseen.repairs);
    expect(foreseen.repairs).toEqual([
      {
        conversationUuid: "c",
        changes: [`member a: row moved from ${T1} to ${T2}`, `member b: lost row rebuilt at ${T2}`],
        left: [],
      },
    ]);
  });

  test("a row that a crash lost is rebuilt: as it was, at the newest message", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    const whole = await store.client.send(new ScanCommand({ TableName: store.tableName }));
    await putMessage("c", "a", T1);
    await removeRow("b", T1);
    await repair();
    const { Items = [] } = await store.client.send(new ScanCommand({ TableName: store.tableName }));
    const rowOfB = (items: typeof Items) => items.find(({ pk }) => pk?.S === "GRP#b");
    expect(rowOfB(Items)).toEqual({ ...rowOfB(whole.Items ?? []), message: { S: `${SECRET} ${T1}` } });
  });

  test("so is that of one of many", async () => {
    const everyone = ["a", "b", "c", "d"];
    for (const member of everyone)
      await putRow(store, {
        conversation: "g",
        member,
        other: member === "a" ? "b" : "a",
        time: T1,
        everyone,
      });
    await putMessage("g", "d", T2);
    await removeRow("c", T1);
    expect((await repair()).repairs.flatMap(({ changes }) => changes)).toContain(
      `member c: lost row rebuilt at ${T2}`,
    );
    for (const member of everyone) expect(await rowsOf(store, member, "g")).toEqual(at(T2));
  });

  test("a row is not rebuilt from nothing: who had it, or whom it showed, must be in the table", async () => {
    await putRow(store, { conversation: "nameless", member: "a", other: "b", time: T1 });
    await putMessage("nameless", "b", T1);
    await putMessage("rowless", "a", T1);
    await putPair(store, "stranger", ["c", "d"], T1);
    await putMessage("stranger", "x", T1);
    const { repairs } = await repair();
    const sorted = repairs.sort((one, other) => (one.conversationUuid < other.conversationUuid ? -1 : 1));
    expect(sorted).toEqual([
      {
        conversationUuid: "nameless",
        changes: [],
        left: ["the row of member b is lost, and nothing in the table says whom it showed"],
      },
      {
        conversationUuid: "rowless",
        changes: [],
        left: ["no member has a row of it; its messages are from a"],
      },
      {
        conversationUuid: "stranger",
        changes: [],
        left: ["x sent messages in it, has no row, and no row names them as a member"],
      },
    ]);
    expect(await rowsOf(store, "b", "nameless")).toEqual([]);
  });

  test("a message that is not whole is named, and the rows go to the newest that is", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T2);
    await store.client.send(
      new PutItemCommand({ TableName: store.tableName, Item: { pk: { S: "MSG#c" }, sk: { S: T3 } } }),
    );
    const { repairs } = await repair();
    expect(repairs[0]?.left).toEqual([`its message of ${T3} is not whole: complete that item, or delete it`]);
    for (const member of ["a", "b"]) expect(await rowsOf(store, member, "c")).toEqual(at(T2));
  });

  test("one conversation alone, without reading the whole table", async () => {
    for (const [index, conversation] of ["one", "other"].entries()) {
      await putPair(store, conversation, ["a", "b"], `${T1}${index}`);
      await putMessage(conversation, "a", `${T2}${index}`);
    }
    const scans = counting(store.client, ScanCommand);
    expect((await repairOne({ ...store, client: scans.client }, "one")).changes).toHaveLength(2);
    expect(scans.count()).toBe(0);
    expect(await rowsOf(store, "b", "one")).toEqual(at(`${T2}0`));
    expect(await rowsOf(store, "b", "other")).toEqual([`${T1}1 text of ${T1}1`]);
    expect((await repairOne(store, "nobody's")).left).toEqual([
      "the table holds no message of it, and no row",
    ]);
  });

  test("a repair that was stopped goes on where it was", async () => {
    for (let index = 0; index < 10; index++) {
      await putPair(store, `c${index}`, ["a", "b"], `${T1}${index}`);
      await putMessage(`c${index}`, "a", `${T2}${index}`);
    }
    const scans = counting(store.client, ScanCommand, 3);
    const checkpointFile = join(folder, "stopped.jsonl");
    const stopped = { ...store, client: scans.client };
    await expect(repair({ store: stopped, checkpointFile })).rejects.toThrow("stopped");
    expect(readFileSync(checkpointFile, "utf8")).not.toContain(SECRET);
    // As a crash in the middle of a line leaves it.
    appendFileSync(checkpointFile, '{"sightings":[{"conv');

    const rest = counting(store.client, ScanCommand);
    const { conversations, repairs } = await repair({
      store: { ...store, client: rest.client },
      checkpointFile,
      resume: true,
    });
    expect(conversations).toBe(10);
    expect(repairs).toHaveLength(10);
    expect(rest.count()).toBe(30 / 5 - 3 + 1);
    expect(existsSync(checkpointFile)).toBe(false);
    await expect(repair({ checkpointFile, resume: true })).rejects.toThrow("There is no repair to resume");
  });

  test("beside live traffic, no row goes back, none is there twice, none is lost", async () => {
    const conversations = Array.from({ length: 6 }, (_, index) => `live${index}`);
    for (const [index, conversation] of conversations.entries()) {
      await putPair(store, conversation, ["a", "b"], `2026-03-01T09:00:0${index}Z`);
      await putMessage(conversation, "a", `2026-03-01T09:30:0${index}Z`);
      if (index % 2) await removeRow("b", `2026-03-01T09:00:0${index}Z`);
    }
    const timeOf = (round: number, index: number) => `2026-03-01T1${round}:00:0${index}Z`;
    const live = async () => {
      for (let round = 0; round < 8; round++)
        for (const [index, conversation] of conversations.entries()) {
          const createdAt = timeOf(round, index);
          await putMessage(conversation, "a", createdAt);
          await moveConversation(store, {
            conversationUuid: conversation,
            createdAt,
            text: `${SECRET} ${createdAt}`,
            senderUuid: "a",
          });
        }
    };
    const traffic = live();
    for (let run = 0; run < 4; run++) await repair({ checkpointFile: join(folder, `live-${run}.jsonl`) });
    await traffic;
    const last = await repair();
    expect(last.repairs.flatMap(({ left }) => left)).toEqual([]);
    for (const [index, conversation] of conversations.entries())
      for (const member of ["a", "b"])
        expect(await rowsOf(store, member, conversation)).toEqual(at(timeOf(7, index)));
  });

  test("a row that is being moved is not taken for lost", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T1);
    await putMessage("c", "a", T2);
    await moveConversation(store, {
      conversationUuid: "c",
      createdAt: T2,
      text: `${SECRET} ${T2}`,
      senderUuid: "a",
    });
    const seen: string[][] = [];
    let looks = 0;
    // The move to the next message is half seen, then over: b's row is gone from one place, and at the other after.
    const send = async (command: object, options?: object) => {
      const { input } = command as QueryCommand;
      const ofB = input.ExpressionAttributeValues?.[":inbox"]?.S === "GRP#b";
      if (command instanceof QueryCommand && ofB && (looks += 1) === 1) return { Items: [] };
      if (command instanceof TransactWriteItemsCommand && seen.length === 0) {
        const newest = { conversationUuid: "c", createdAt: T3, text: `${SECRET} ${T3}`, senderUuid: "a" };
        await moveConversation(store, newest);
      }
      try {
        return await store.client.send(command as never, options as never);
      } finally {
        if (command instanceof TransactWriteItemsCommand) seen.push(await rowsOf(store, "b", "c"));
      }
    };
    await repairOne({ ...store, client: { send } as unknown as DynamoDBClient }, "c");
    expect(seen[0]).toEqual(at(T3));
    expect(await rowsOf(store, "b", "c")).toEqual(at(T3));
  });

  test("keeps to its rate", async () => {
    const limited = new DynamoDBClient(clientSettings(aws));
    limitCapacity(limited, 10);
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T1);
    const begun = Date.now();
    // Each call reads one item, consistently: one unit. The first of them waits for nothing.
    await repair({ store: { ...store, client: limited }, itemsAtOnce: 1 });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(300);
    limited.destroy();
  });

  test("the command says what it did, never a text, and by its exit code whether anything is left", async () => {
    store = await createMessagesTable(aws, namesOf(dev).tables.messages);
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T2);
    const checkout = join(folder, "checkout");
    copySources(checkout);
    useTestEnvironments(checkout);
    const run = (options: readonly string[], account = ACCOUNT) =>
      runIn(checkout, ["repair", "--environment", "dev", ...options], { env: aws.environmentFor(account) });

    const [dry, elsewhere] = await Promise.all([
      run(["--rate", "500", "--dry-run"]),
      run([], "888888888888"),
    ]);
    expect(dry).toMatchObject({ exitCode: 2, stderr: "" });
    expect(dry.stdout).toContain(`to do: member a: row moved from ${T1} to ${T2}`);
    expect(elsewhere).toMatchObject({ exitCode: 1 });
    expect(elsewhere.stderr).toMatch(/^There is no table cruddur-messages in ca-central-1 .*\?$/);

    const wet = await run(["--conversation", "c", "--rate", "500"]);
    expect(wet).toMatchObject({ exitCode: 0, stderr: "" });
    expect(wet.stdout).toContain(`member a: row moved from ${T1} to ${T2}`);
    const again = await run(["--rate", "500"]);
    expect(again).toMatchObject({ exitCode: 0, stderr: "" });
    expect(again.stdout).toContain("1 conversations: nothing is wrong.");

    await removeRow("a", T2);
    const unfinished = await run(["--conversation", "c", "--rate", "500"]);
    expect(unfinished).toMatchObject({ exitCode: 1 });
    expect(unfinished.stdout).toContain("LEFT: ");
    for (const { stdout, stderr } of [dry, wet, again, unfinished])
      expect(stdout + stderr).not.toContain(SECRET);
  });
});

/** A client that counts its calls of one kind, and fails at the one after `most`. */
function counting(client: DynamoDBClient, kind: new (input: never) => object, most = Infinity) {
  let count = 0;
  const send = (command: object, options?: object) => {
    if (command instanceof kind && (count += 1) > most) throw new Error("stopped");
    return client.send(command as never, options as never);
  };
  return { client: { send } as unknown as DynamoDBClient, count: () => count };
}
