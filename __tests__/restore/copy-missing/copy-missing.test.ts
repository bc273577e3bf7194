import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { CANARY_MEMBERS, canaryUuid } from "../../../messaging/canary.ts";
import {
  listConversations,
  listMessages,
  newMessage,
  sendMessage,
  startConversation,
} from "../../../messaging/conversations.ts";
import {
  inboxKey,
  type Member,
  MEMBERS_SORT_KEY,
  membersKey,
  messagesKey,
} from "../../../messaging/items.ts";
import { repairOne } from "../../../repair/repair-table.ts";
import { compareTables } from "../../../restore/compare/compare-tables.ts";
import { copyMissing, type CopyRun } from "../../../restore/copy-missing/copy-missing.ts";
import { readCopyPlan, writeCopyPlan } from "../../../restore/copy-missing/copy-plan-file.ts";
import { copiedText, copyPlanText, repairCommands } from "../../../restore/copy-missing/format-copy.ts";
import { planCopy } from "../../../restore/copy-missing/plan-copy.ts";
import { deployFunction } from "../../support/deployed-function.ts";
import { createUser } from "../../support/identities.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../../support/messages-table.ts";
import { person } from "../../support/person.ts";
import { describeWith } from "../../support/requirements.ts";
import { itemsOf, putItems } from "../../support/table-items.ts";
import { until } from "../../support/until.ts";

type Table = Awaited<ReturnType<typeof createMessagesTable>>;

const [ann, ben, cy] = [person("ann"), person("ben"), person("cy")];

describeWith(["python"], "copying missing items back, on a real DynamoDB API", () => {
  const folder = mkdtempSync(join(tmpdir(), "copy-missing-test-"));
  let aws: EmbeddedAws;
  let tables = 0;
  beforeAll(async () => {
    aws = await startEmbeddedAws();
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  /** A copy of a table as it is now, as a restore makes it. */
  const restoredCopyOf = async (live: Table) => {
    const restored = await createMessagesTable(aws, `${live.tableName}-restored-${(tables += 1)}`);
    await putItems(restored, await itemsOf(live));
    return restored;
  };
  const compare = (live: Table, restored: Table) =>
    compareTables({
      client: live.client,
      table: "messages",
      restored: restored.tableName,
      live: live.tableName,
      journalFile: join(folder, "journal.jsonl"),
      itemsAtOnce: 10,
      onProgress: () => undefined,
    });
  const plan = async (live: Table, restored: Table) => planCopy(await compare(live, restored));
  const copy = (run: Omit<CopyRun, "onProgress">) => copyMissing({ ...run, onProgress: () => undefined });
  const remove = ({ table, tableName }: Table, pk: string, sk: string) =>
    table.client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
  /** An own pair of tables: a conversation of three in the restored one, and what is left of it in the live one. */
  const lostConversation = async (messages = 3) => {
    const live = await createMessagesTable(aws, `live-${(tables += 1)}`);
    await startConversation(live.table, [ann, ben, cy], newMessage("group", ann, "first"));
    for (let sent = 1; sent < messages; sent++)
      await sendMessage(live.table, newMessage("group", ben, `more ${sent}`));
    const restored = await restoredCopyOf(live);
    for (const { pk, sk } of await itemsOf(live)) await remove(live, pk?.S ?? "", sk?.S ?? "");
    return { live, restored };
  };

  test("messages that somebody deleted are back, the inboxes are right, and what changed since stays", async () => {
    const { store: live, connect } = await deployFunction(aws);
    await connect();
    const newestIn = async (member: Member, conversation: string) =>
      (await listConversations(live.table, member.uuid)).items
        .filter(({ uuid }) => uuid === conversation)
        .map(({ movedAt, newestText }) => `${movedAt} ${newestText}`);
    const send = async (conversation: string, members: readonly Member[], sender: Member, text: string) => {
      const { createdAt } = await sendMessage(live.table, newMessage(conversation, sender, text));
      const isMoved = async (member: Member) =>
        (await newestIn(member, conversation)).includes(`${createdAt} ${text}`);
      for (const member of members) await until(() => isMoved(member));
      return createdAt;
    };
    const canary = canaryUuid();
    await startConversation(live.table, [ann, ben], newMessage("pair", ann, "pair 1"));
    await startConversation(live.table, [ann, ben, cy], newMessage("group", ben, "group 1"));
    await startConversation(live.table, CANARY_MEMBERS, newMessage(canary, CANARY_MEMBERS[0], "canary"));
    const pairAt = await send("pair", [ann, ben], ann, "pair 2");
    await send("group", [ann, ben, cy], ann, "group 2");
    const restored = await restoredCopyOf(live);
    const before = await itemsOf(restored);

    // All of ann's messages, ben's inbox and the group's members are deleted, and life goes on.
    for (const { pk, sk, user_uuid: user } of before)
      if (pk?.S?.startsWith("MSG#") && user?.S !== ben.uuid) await remove(live, pk.S, sk?.S ?? "");
    await remove(live, inboxKey(ben.uuid), pairAt);
    await remove(live, membersKey("group"), MEMBERS_SORT_KEY);
    const groupAt = await send("group", [ann, ben, cy], cy, "group 3");
    const pairNow = await sendMessage(live.table, newMessage("pair", ann, "pair 3"));
    await until(async () => (await newestIn(ann, "pair"))[0]?.startsWith(pairNow.createdAt) === true);

    const { plan: planned, left } = await plan(live, restored);
    // The list, ben's row, two messages of the pair and one of the group; the rows of the others have moved.
    expect(planned.keys.map(({ partition }) => partition)).toEqual([
      "MEM#group",
      "GRP#ben",
      "MSG#group",
      "MSG#pair",
      "MSG#pair",
    ]);
    expect(left).toEqual({ moved: 4, canary: 1, other: 0 });
    expect(copyPlanText(planned, left)).toBe(
      [
        `5 items would be copied from ${restored.tableName} to ${live.tableName}:`,
        "  messages: 3",
        "  conversation rows: 1",
        "  lists of members: 1",
        "  not copied: 4 conversation rows that have moved since",
        "  not copied: 1 items of smoke tests",
        `Digest of the plan: ${planned.digest}`,
      ].join("\n"),
    );
    const arn = (table: Table) => `arn:aws:dynamodb:*:${ACCOUNT}:table/${table.tableName}`;
    const credentials = await createUser(
      aws,
      "restorer",
      { Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: arn(restored) },
      { Effect: "Allow", Action: ["dynamodb:Query", "dynamodb:PutItem"], Resource: arn(live) },
    );
    const client = new DynamoDBClient({ ...clientSettings(aws), credentials });
    const copied = await copy({ client, plan: planned });
    expect(copiedText(copied)).toBe("5 copied");
    expect(await itemsOf(restored)).toEqual(before);

    const commands = repairCommands("prod", copied);
    expect(commands).toEqual(
      ["group", "pair"].map((uuid) => `npm run repair -- --environment prod --conversation ${uuid}`),
    );
    for (const conversation of copied.conversations)
      expect((await repairOne(live, conversation)).left).toEqual([]);
    for (const member of [ann, ben])
      expect(await newestIn(member, "pair")).toEqual([`${pairNow.createdAt} pair 3`]);
    for (const member of [ann, ben, cy])
      expect(await newestIn(member, "group")).toEqual([`${groupAt} group 3`]);
    const { items } = await listMessages(live.table, "pair");
    expect(items.map(({ text }) => text)).toEqual(["pair 3", "pair 2", "pair 1"]);
    const again = await plan(live, restored);
    expect([again.plan.keys, again.left]).toEqual([[], { moved: 5, canary: 1, other: 0 }]);
  }, 60_000);

  test("a copy that was stopped is run again; what is there stays as it is", async () => {
    const { live, restored } = await lostConversation(20);
    const { plan: planned } = await plan(live, restored);
    const file = await writeCopyPlan(folder, planned);
    const client = new DynamoDBClient(clientSettings(aws));
    let puts = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        (call) => {
          if (commandName === "PutItemCommand" && (puts += 1) > 15) throw new Error("stopped");
          return next(call);
        },
      { step: "initialize" },
    );
    await expect(copy({ client, plan: planned })).rejects.toThrow("stopped");
    const somebodys = { ...planned.keys.at(-1), text: "written meanwhile" };
    const { partition: pk, sort: sk } = somebodys;
    const Item = { pk, sk, message: somebodys.text };
    await live.table.client.send(new PutCommand({ TableName: live.tableName, Item }));

    const copied = await copy({
      client: live.client,
      plan: await readCopyPlan(folder, planned.digest),
    });
    expect(copied.copied + copied.there).toBe(24);
    expect(copied.there).toBeGreaterThanOrEqual(16);
    const { different, onlyRestored } = await compare(live, restored);
    expect([onlyRestored, different]).toEqual([[], [planned.keys.at(-1)]]);

    writeFileSync(file, readFileSync(file, "utf8").replace("MSG#group", "MSG#another"));
    await expect(readCopyPlan(folder, planned.digest)).rejects.toThrow("was changed");
    await expect(readCopyPlan(folder, "0".repeat(64))).rejects.toThrow("There is no plan with the digest");
    await expect(readCopyPlan(folder, "../journal")).rejects.toThrow("There is no plan with the digest");
  });

  test("rows are there before the messages that move them", async () => {
    const { live, restored } = await lostConversation();
    const written: string[] = [];
    const client = new DynamoDBClient(clientSettings(aws));
    client.middlewareStack.add(
      (next) => (call) => {
        const { Item } = call.input as { readonly Item?: { readonly pk: { readonly S: string } } };
        if (Item) written.push(Item.pk.S.slice(0, 3));
        return next(call);
      },
      { step: "initialize" },
    );
    await copy({ client, plan: (await plan(live, restored)).plan });
    expect(written).toEqual(["MEM", "GRP", "GRP", "GRP", "MSG", "MSG", "MSG"]);
  });

  test("what moved, expired or went since the plan was made isn't copied", async () => {
    const { live, restored } = await lostConversation();
    const second = Math.floor(Date.now() / 1_000);
    const message = (text: string, expires: number) => ({
      pk: { S: messagesKey("expiring") },
      sk: { S: text },
      expires: { N: `${expires}` },
    });
    await putItems(restored, [message("over", second - 60), message("not yet", second + 60)]);
    const { plan: planned } = await plan(live, restored);
    const row = (await itemsOf(restored)).find(({ pk }) => pk?.S === "GRP#ann");
    await putItems(live, [{ ...row, sk: { S: "2030-01-01T00:00:00.000001Z" } }]);
    await remove(restored, "MSG#group", planned.keys.at(-1)?.sort ?? "");

    const copied = await copy({ client: live.client, plan: planned, timeToLiveAttribute: "expires" });
    expect(copied).toMatchObject({ copied: 6, there: 0, moved: 1, expired: 1, gone: 1 });
    expect(copiedText(copied)).toBe(
      "6 copied, 1 conversation rows have moved, 1 had expired, 1 are no longer in the restored table",
    );
    const keys = (await itemsOf(live)).map(({ pk, sk }) => `${pk?.S ?? ""} ${sk?.S ?? ""}`);
    expect(keys).toContain("MSG#expiring not yet");
    expect(keys).not.toContain("MSG#expiring over");
    expect(keys.filter((key) => key.startsWith("GRP#ann"))).toEqual(["GRP#ann 2030-01-01T00:00:00.000001Z"]);
  });

  test("a plan is approved for these tables and keys alone", async () => {
    const { live, restored } = await lostConversation();
    const comparison = await compare(live, restored);
    const { plan: planned } = planCopy(comparison);
    expect(planCopy(comparison).plan).toEqual(planned);
    const elsewhere = { ...comparison, live: { ...comparison.live, tableName: "another" } };
    const fewer = { ...comparison, onlyRestored: comparison.onlyRestored.slice(1) };
    const digests = [planned, planCopy(elsewhere).plan, planCopy(fewer).plan].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(3);
    const nothing = planCopy({ ...comparison, onlyRestored: [] });
    expect(copyPlanText(nothing.plan, nothing.left)).toBe(
      `Nothing is to be copied from ${restored.tableName} to ${live.tableName}.`,
    );
    const many = new Set(["a", "b", "c", "d", "e", "f"]);
    const counts = { copied: 6, there: 0, moved: 0, expired: 0, gone: 0 };
    expect(repairCommands("prod", { ...counts, conversations: many })).toEqual([
      "npm run repair -- --environment prod",
    ]);
  });
});
