import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, type QueryCommandInput, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { namesOf } from "../../config/names.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { messageItem } from "../../messaging/items.ts";
import { moveConversation } from "../../messaging/move-conversation.ts";
import { repairTable, repairOne, type TableRepair } from "../../repair/repair-table.ts";
import { limitCapacity } from "../../repair/capacity-limit.ts";
import type { Repair } from "../../repair/repair-conversation.ts";
import { dev, useTestEnvironments } from "../support/environments.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { copySources, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";
import { putMembers, putPair, putRow, rowsOf } from "../support/rows.ts";

const at = (n: number) => `2026-03-01T10:00:00.${`${n}`.padStart(6, "0")}Z`;
const [T1, T2, T3] = [at(1), at(2), at(3)] as const;
const SECRET = "what nobody but the members may read";

describeWith(["python"], "repair, on a real DynamoDB API", () => {
  let aws: EmbeddedAws;
  let store: Awaited<ReturnType<typeof createMessagesTable>>;
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

  const putMessage = async (conversation: string, sender: string, time: string) => {
    const Item = messageItem({
      uuid: `${conversation}-${time}`,
      conversationUuid: conversation,
      createdAt: time,
      text: textAt(time),
      sender: { uuid: sender, displayName: sender.toUpperCase(), handle: sender },
    });
    await store.table.client.send(new PutCommand({ TableName: store.tableName, Item }));
  };
  const textAt = (time: string) => `${SECRET} ${time}`;
  /** Moves the rows to a message, as the stream function does. */
  const move = (conversationUuid: string, createdAt: string) =>
    moveConversation(store, { conversationUuid, createdAt, text: textAt(createdAt), senderUuid: "a" });
  const items = async () =>
    (await store.client.send(new ScanCommand({ TableName: store.tableName }))).Items ?? [];
  const removeItem = (pk: string, sk: string) =>
    store.table.client.send(new DeleteCommand({ TableName: store.tableName, Key: { pk, sk } }));
  const removeRow = (member: string, time: string) => removeItem(`GRP#${member}`, time);
  const editMessage = (conversation: string, time: string, text: string) =>
    store.table.client.send(
      new UpdateCommand({
        TableName: store.tableName,
        Key: { pk: `MSG#${conversation}`, sk: time },
        UpdateExpression: "SET message = :text",
        ExpressionAttributeValues: { ":text": text },
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
  /** A client that counts the pages of its scans, and fails at the one after `most`. */
  const countingScans = (most = Infinity) => {
    let count = 0;
    const client = new DynamoDBClient(clientSettings(aws));
    client.middlewareStack.add(
      (next, { commandName }) =>
        (call) => {
          if (commandName === "ScanCommand" && (count += 1) > most) throw new Error("stopped");
          return next(call);
        },
      { step: "initialize" },
    );
    return { client, count: () => count };
  };
  const containing = (text: string) => expect.stringContaining(text) as unknown;
  const rowAt = (time: string, textOf = time) => [`${time} ${SECRET} ${textOf}`];

  test("rows that are behind, and second rows, are brought to the newest message; what is right stays", async () => {
    // One instant for each conversation, since the members are the same.
    const newest = { behind: at(4), doubled: at(5), right: T3 };
    for (const [conversation, time] of Object.entries({ behind: T1, doubled: at(0), right: T3 })) {
      await putPair(store, conversation, ["a", "b"], time);
      for (const sent of [T1, T2, newest[conversation as keyof typeof newest]])
        await putMessage(conversation, "a", sent);
    }
    await putRow(store, { conversation: "doubled", member: "a", other: "b", time: T2 });

    const { conversations, repairs } = await repair();
    expect(conversations).toBe(3);
    expect(repairs.map(({ conversationUuid }) => conversationUuid).sort()).toEqual(["behind", "doubled"]);
    expect(repairs.flatMap(({ left }) => left)).toEqual([]);
    expect(repairs.flatMap(({ changes }) => changes)).toEqual(
      expect.arrayContaining([
        `member a: row moved from ${T1} to ${newest.behind}`,
        "member a: 1 duplicate row removed",
      ]),
    );
    for (const member of ["a", "b"]) {
      for (const conversation of ["behind", "doubled"] as const)
        expect(await rowsOf(store, member, conversation)).toEqual(rowAt(newest[conversation]));
      expect(await rowsOf(store, member, "right")).toEqual([`${T3} text of ${T3}`]);
    }
    expect((await repair()).repairs).toEqual([]);
  });

  test("a dry run says the same and changes nothing", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T2);
    await removeRow("b", T1);
    const before = await items();
    const foreseen = await repair({ dryRun: true });
    expect(await items()).toEqual(before);
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
    const rowOfB = async () => (await items()).find(({ pk }) => pk?.S === "GRP#b");
    const before = await rowOfB();
    await putMessage("c", "a", T1);
    await removeRow("b", T1);
    await repair();
    expect(await rowOfB()).toEqual({ ...before, message: { S: `${SECRET} ${T1}` } });
  });

  test("so is that of one of many", async () => {
    const everyone = ["a", "b", "c", "d"];
    for (const member of everyone) {
      const other = member === "a" ? "b" : "a";
      await putRow(store, { conversation: "g", member, other, time: T1, everyone });
    }
    await putMessage("g", "d", T2);
    await removeRow("c", T1);
    expect((await repair()).repairs.flatMap(({ changes }) => changes)).toContain(
      `member c: lost row rebuilt at ${T2}`,
    );
    for (const member of everyone) expect(await rowsOf(store, member, "g")).toEqual(rowAt(T2));
  });

  test("a row is not rebuilt from nothing: who had it, or whom it showed, must be in the table", async () => {
    await putRow(store, { conversation: "nameless", member: "a", other: "b", time: T1, text: textAt(T1) });
    await putMessage("nameless", "b", T1);
    await putMessage("rowless", "a", T1);
    for (const [member, other] of [
      ["c", "d"],
      ["d", "c"],
    ] as const)
      await putRow(store, { conversation: "stranger", member, other, time: T1, text: textAt(T1) });
    await putMessage("stranger", "x", T1);
    const { repairs } = await repair();
    expect(repairs.flatMap(({ changes }) => changes)).toEqual([]);
    expect(Object.fromEntries(repairs.map((one) => [one.conversationUuid, one.left]))).toEqual({
      nameless: ["the row of member b is lost, and nothing in the table says whom it showed"],
      rowless: ["no member has a row of it; its members and senders are a"],
      stranger: ["x sent messages in it, has no row, and no row names them as a member"],
    });
    expect(await rowsOf(store, "b", "nameless")).toEqual([]);
  });

  test.each([
    ["incomplete", T3, "no message, no user_uuid", {}],
    ["of no time", "tomorrow", "sk is no ISO 8601 time", { message: SECRET, user_uuid: "a" }],
    [
      "of the future",
      "2999-01-01T00:00:00.000000Z",
      "its time is in the future",
      { message: SECRET, user_uuid: "a" },
    ],
  ])(
    "a message that is %s is named, and the rows go to the newest usable one",
    async (_, sk, reason, rest) => {
      await putPair(store, "c", ["a", "b"], T1);
      await putMessage("c", "a", T2);
      const Item = { pk: "MSG#c", sk, ...rest };
      await store.table.client.send(new PutCommand({ TableName: store.tableName, Item }));
      const { repairs } = await repair();
      expect(repairs[0]?.left).toEqual([
        `its message of ${sk} is not usable (${reason}): mend that item, or delete it`,
      ]);
      for (const member of ["a", "b"]) expect(await rowsOf(store, member, "c")).toEqual(rowAt(T2));
    },
  );

  test("a row that is not at its message's time, since another conversation's was there, is right", async () => {
    await putMessage("c", "a", T2);
    await putMessage("other", "a", T2);
    await putPair(store, "c", ["a", "b"], T1);
    await putPair(store, "other", ["a", "x"], at(0));
    await move("c", T2);
    await move("other", T2);
    expect(await rowsOf(store, "a", "other")).not.toEqual(rowAt(T2));
    expect((await repair()).repairs).toEqual([]);
    expect((await repairOne(store, "other")).changes).toEqual([]);
  });

  test("rows show what a message was edited to, once its conversation is repaired", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T2);
    await move("c", T2);
    await editMessage("c", T2, `${SECRET} edited ${"x".repeat(2_000)}`);
    expect((await repair()).repairs).toEqual([]);

    const edited = "text replaced by that of the message, which was edited";
    const changes = [`member a: ${edited}`, `member b: ${edited}`];
    expect(await repairOne(store, "c", true)).toMatchObject({ changes, left: [] });
    expect(await repairOne(store, "c")).toMatchObject({ changes, left: [] });
    expect(await repairOne(store, "c")).toMatchObject({ changes: [], left: [] });
    for (const member of ["a", "b"]) {
      const [row = ""] = await rowsOf(store, member, "c");
      expect(row).toMatch(new RegExp(`^${T2} ${SECRET} edited x{100,900}$`));
    }
  });

  test("rows stay where they are when their message was deleted, and show the one before", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    for (const time of [T1, T2]) await putMessage("c", "a", time);
    await move("c", T2);
    await removeItem("MSG#c", T2);
    const deleted = `text replaced by that of the message of ${T1}, since a newer one was deleted`;
    expect((await repair()).repairs).toEqual([
      { conversationUuid: "c", changes: [`member a: ${deleted}`, `member b: ${deleted}`], left: [] },
    ]);
    for (const member of ["a", "b"]) expect(await rowsOf(store, member, "c")).toEqual(rowAt(T2, T1));
    expect((await repair()).repairs).toEqual([]);

    await removeItem("MSG#c", T1);
    expect((await repairOne(store, "c")).changes).toContain(
      "member a: text removed, since no message is left",
    );
    expect(await repairOne(store, "c")).toMatchObject({ changes: [], left: [] });
    for (const member of ["a", "b"]) expect(await rowsOf(store, member, "c")).toEqual([`${T2} `]);
    // The deleted message, handled again, changes nothing; a new one moves the rows on.
    await move("c", T2);
    expect(await rowsOf(store, "a", "c")).toEqual([`${T2} `]);
    await move("c", T3);
    expect(await rowsOf(store, "a", "c")).toEqual(rowAt(T3));
  });

  test("a row that has just been written keeps its text: its message may be still to come", async () => {
    const now = new Date().toISOString();
    await putPair(store, "c", ["a", "b"], now);
    const { changes, left } = await repairOne(store, "c");
    expect(changes).toEqual([]);
    expect(left[0]).toBe(
      `the message of ${now} is not in the table, and member a has a row of it: it may be still to come; ` +
        "repair it again in a minute",
    );
    expect(await rowsOf(store, "a", "c")).toEqual([`${now} text of ${now}`]);
  });

  test("rows that move while they are examined keep the text of their message", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T1);
    const client = new DynamoDBClient(clientSettings(aws));
    let isMoved = false;
    client.middlewareStack.add(
      (next) => async (call) => {
        const { ExpressionAttributeValues: values } = call.input as QueryCommandInput;
        if (values?.[":inbox"] && !isMoved) {
          isMoved = true;
          await putMessage("c", "a", T2);
          await move("c", T2);
        }
        return next(call);
      },
      { step: "initialize" },
    );
    expect(await repairOne({ ...store, client }, "c")).toMatchObject({ changes: [], left: [] });
    for (const member of ["a", "b"]) expect(await rowsOf(store, member, "c")).toEqual(rowAt(T2));
  });

  test("a message that is edited again while its rows are repaired is shown as it is at last", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T1);
    const client = new DynamoDBClient(clientSettings(aws));
    let writes = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (call) => {
          if (commandName === "UpdateItemCommand" && (writes += 1) === 1)
            await editMessage("c", T1, textAt("at last"));
          return next(call);
        },
      { step: "initialize" },
    );
    expect((await repairOne({ ...store, client }, "c")).left).toEqual([]);
    for (const member of ["a", "b"]) expect(await rowsOf(store, member, "c")).toEqual(rowAt(T1, "at last"));
  });

  test("a row of one of many that was lost is rebuilt from the list of members, and counted", async () => {
    const everyone = ["a", "b", "c"];
    await putMembers(store, "g", everyone);
    for (const member of ["a", "b"])
      await putRow(store, { conversation: "g", member, other: "b", time: T1, memberCount: 2 });
    await putMessage("g", "a", T2);
    // Another conversation's row of the member is where the lost one has to be.
    await putPair(store, "other", ["c", "a"], T2);
    await putMessage("other", "c", T2);
    await editMessage("other", T2, `text of ${T2}`);

    const { repairs } = await repair();
    expect(repairs.map(({ conversationUuid }) => conversationUuid)).toEqual(["g"]);
    expect(repairs[0]).toMatchObject({ left: [] });
    expect(repairs[0]?.changes).toContain(`member c: lost row rebuilt at ${T2}`);
    const rows = (await items()).filter(({ message_group_uuid: of }) => of?.S === "g");
    expect(rows.map((row) => row["message"]?.S)).toEqual(everyone.map(() => textAt(T2)));
    expect(rows.map((row) => row["member_count"]?.N)).toEqual(["3", "3", "3"]);
    expect(rows.find(({ pk }) => pk?.S === "GRP#c")).toMatchObject({
      sk: { S: T3 },
      message_created_at: { S: T2 },
    });
    expect((await repair()).repairs).toEqual([]);
    expect(await repairOne(store, "g")).toMatchObject({ changes: [], left: [] });
  });

  test("a list of members alone is nothing to repair", async () => {
    await putMembers(store, "deleted", ["a", "b", "c"]);
    expect((await repair()).repairs).toEqual([]);
  });

  test("one conversation alone, without reading the whole table", async () => {
    for (const [index, conversation] of ["one", "other"].entries()) {
      await putPair(store, conversation, ["a", "b"], at(10 + index));
      await putMessage(conversation, "a", at(20 + index));
    }
    const scans = countingScans();
    expect((await repairOne({ ...store, client: scans.client }, "one")).changes).toHaveLength(2);
    expect(scans.count()).toBe(0);
    expect(await rowsOf(store, "b", "one")).toEqual(rowAt(at(20)));
    expect(await rowsOf(store, "b", "other")).toEqual([`${at(11)} text of ${at(11)}`]);
    expect((await repairOne(store, "nobody's")).left).toEqual(["the table has no message and no row of it"]);
  });

  test("a repair that was stopped goes on where it was", async () => {
    for (let index = 0; index < 10; index++) {
      await putPair(store, `c${index}`, ["a", "b"], at(10 + index));
      await putMessage(`c${index}`, "a", at(20 + index));
    }
    const scans = countingScans(3);
    const checkpointFile = join(folder, "stopped.jsonl");
    const stopped = { ...store, client: scans.client };
    await expect(repair({ store: stopped, checkpointFile })).rejects.toThrow("stopped");
    expect(readFileSync(checkpointFile, "utf8")).not.toContain(SECRET);
    // As a crash in the middle of a line leaves it.
    appendFileSync(checkpointFile, '{"sightings":[{"conv');

    const rest = countingScans();
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
          await move(conversation, createdAt);
        }
    };
    const traffic = live();
    for (let run = 0; run < 4; run++) await repair({ checkpointFile: join(folder, `live-${run}.jsonl`) });
    await traffic;
    const last = await repair();
    expect(last.repairs.flatMap(({ left }) => left)).toEqual([]);
    for (const [index, conversation] of conversations.entries())
      for (const member of ["a", "b"])
        expect(await rowsOf(store, member, conversation)).toEqual(rowAt(timeOf(7, index)));
  });

  test("a row that is being moved is not taken for lost", async () => {
    await putPair(store, "c", ["a", "b"], T1);
    await putMessage("c", "a", T1);
    await putMessage("c", "a", T2);
    await move("c", T2);
    await putMessage("c", "a", T3);
    const seen: string[][] = [];
    let looks = 0;
    // The move to the next message is half seen, then over: b's row is gone from one place, and at the other after.
    const client = new DynamoDBClient(clientSettings(aws));
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (call) => {
          const { ExpressionAttributeValues: values } = call.input as QueryCommandInput;
          if (values?.[":inbox"]?.S === "GRP#b" && (looks += 1) === 1)
            return { output: { Items: [], $metadata: {} }, response: {} };
          if (commandName !== "TransactWriteItemsCommand") return next(call);
          if (seen.length === 0) await move("c", T3);
          try {
            return await next(call);
          } finally {
            seen.push(await rowsOf(store, "b", "c"));
          }
        },
      { step: "initialize" },
    );
    await repairOne({ ...store, client }, "c");
    expect(seen[0]).toEqual(rowAt(T3));
    expect(await rowsOf(store, "b", "c")).toEqual(rowAt(T3));
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
    const moved = `member a: row moved from ${T1} to ${T2}`;
    expect(dry).toMatchObject({ exitCode: 2, stderr: "", stdout: containing(`to do: ${moved}`) });
    expect(elsewhere.exitCode).toBe(1);
    expect(elsewhere.stderr).toMatch(/^There is no table cruddur-messages in ca-central-1 .*\?$/);

    const wet = await run(["--conversation", "c", "--rate", "500"]);
    expect(wet).toMatchObject({ exitCode: 0, stderr: "", stdout: containing(moved) });
    const again = await run(["--rate", "500"]);
    const nothing = "1 conversations: nothing is wrong.";
    expect(again).toMatchObject({ exitCode: 0, stderr: "", stdout: containing(nothing) });

    await removeRow("a", T2);
    const unfinished = await run(["--conversation", "c", "--rate", "500"]);
    expect(unfinished).toMatchObject({ exitCode: 1, stdout: containing("LEFT: ") });
    for (const { stdout, stderr } of [dry, wet, again, unfinished])
      expect(stdout + stderr).not.toContain(SECRET);
  });
});
