import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListBackupsCommand,
  ListTablesCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { environmentNamed, loadEnvironments } from "../../config/load-environments.ts";
import { namesOf, restoredTable } from "../../config/names.ts";
import { localAccount } from "../../local/accounts.ts";
import { deployEnvironment } from "../../local/deploy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import {
  listConversations,
  listMessages,
  type MessagesTable,
  newMessage,
  sendMessage,
  startConversation,
} from "../../messaging/conversations.ts";
import { inboxKey, type Member } from "../../messaging/items.ts";
import { deployInto, synthesizeFor } from "../support/deploy-environment.ts";
import { prodLiteral } from "../support/environments.ts";
import { clientSettings } from "../support/messages-table.ts";
import { person } from "../support/person.ts";
import { copySources } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";
import { filledIn, runbookCommands } from "../support/runbook-commands.ts";
import { itemsOf, putItems } from "../support/table-items.ts";
import { until } from "../support/until.ts";

const [ann, ben] = [person("ann"), person("ben")];

const pair = "pair";
const moment = async () => {
  // DynamoDB restores to whole seconds.
  await sleep(1_100);
  const now = new Date().toISOString();
  await sleep(1_100);
  return now;
};

describeWith(
  ["terraform", "python", "aws"],
  "the runbook's paths when something is lost, and the drill, from their text alone",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "runbook-paths-test-"));
    const [checkout, output] = [join(folder, "checkout"), join(folder, "deployed")];
    const prod = environmentNamed("prod", loadEnvironments());
    const account = localAccount(prod);
    const tableName = namesOf(prod).tables.messages;
    let aws: EmbeddedAws;
    let table: MessagesTable;
    beforeAll(async () => {
      copySources(checkout);
      aws = await startEmbeddedAws();
      synthesizeFor(aws, prodLiteral, output);
      await deployInto(aws, account, "prod", output);
      const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(aws, account)));
      table = { client, tableName };
    }, 600_000);
    afterAll(async () => {
      await aws.stop();
      rmSync(folder, { recursive: true });
    });

    /** Runs a block of commands as it is pasted into a shell. */
    const paste = async (commands: string, values: Readonly<Record<string, string>> = {}, code = 0) => {
      const { all, exitCode } = await execa("bash", ["-c", filledIn(commands, values)], {
        cwd: checkout,
        env: aws.environmentFor(account),
        reject: false,
        all: true,
      });
      if (exitCode !== code) throw new Error(`exit code ${exitCode}: ${all}`);
      return all;
    };
    /** Runs a block of commands and kills all of it once the restore has begun, like a machine that fails. */
    const killOnceItHasBegun = async (commands: string, values: Readonly<Record<string, string>>) => {
      const child = execa("bash", ["-c", filledIn(commands, values)], {
        cwd: checkout,
        env: aws.environmentFor(account),
        reject: false,
        detached: true,
      });
      const time = new Date(Math.floor(Date.parse(values["time"] ?? "") / 1_000) * 1_000);
      const isThere = new DescribeTableCommand({ TableName: restoredTable(tableName, time) });
      await until(() =>
        table.client.send(isThere).then(
          () => true,
          () => false,
        ),
      );
      // Its process group.
      process.kill(-(child.pid ?? 0), "SIGKILL");
      expect((await child).signal).toBe("SIGKILL");
    };
    const inboxOf = async (member: Member) =>
      (await listConversations(table, member.uuid)).items.map(({ movedAt, newestText }) => [
        movedAt,
        newestText,
      ]);
    const bothShow = async (...shown: readonly unknown[]) => {
      await until(async () => JSON.stringify(await inboxOf(ann)) === JSON.stringify([shown]));
      expect(await inboxOf(ben)).toEqual([shown]);
    };
    const remove = (pk: string, sk: string) =>
      table.client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
    const copyOf = (shown: string) => /cruddur-messages-restored-\w+/.exec(shown)?.[0] ?? "";

    test("lost rows: a user's messages and conversation come back, and the copy goes", async () => {
      const { createdAt: first } = await startConversation(table, [ann, ben], newMessage(pair, ann, "first"));
      const { createdAt: second } = await sendMessage(table, newMessage(pair, ben, "second"));
      await bothShow(second, "second");
      const time = await moment();
      await remove(`MSG#${pair}`, first);
      await remove(`MSG#${pair}`, second);
      await remove(inboxKey(ann.uuid), second);

      const [restore = "", dryRun = "", copy = "", repair = "", removeCopy = ""] =
        runbookCommands("lost-rows");
      await killOnceItHasBegun(restore, { time });
      const shown = await paste(restore, { time });
      expect(shown).toContain("is there already, from this restore");
      expect(shown).toContain("messages: 2 only in the restored table");
      const planned = await paste(dryRun, { time }, 2);
      const digest = /--approve ([0-9a-f]{64})/.exec(planned)?.[1] ?? "";
      expect(await paste(copy, { time, digest })).toContain("3 copied");
      await paste(repair);
      const { items } = await listMessages(table, pair);
      expect(items.map(({ text }) => text)).toEqual(["second", "first"]);
      await bothShow(second, "second");
      const removed = await paste(removeCopy, { copy: copyOf(shown) });
      expect(removed).toContain(`${copyOf(shown)} is removed`);
      expect(await paste(removeCopy, { copy: copyOf(shown) })).toContain("There is no table");
    }, 300_000);

    test("wrong rows: overwritten messages are put back, and rows moved to where they belong", async () => {
      const time = await moment();
      const { items: messages } = await listMessages(table, pair);
      const [second, first] = messages.map(({ createdAt }) => createdAt) as [string, string];
      // A faulty release overwrites a message, and puts a row back where it was, with a wrong text.
      const rows = await itemsOf({ client: new DynamoDBClient(clientSettings(aws, account)), tableName });
      const [message, row] = [`MSG#${pair}`, inboxKey(ann.uuid)].map((key) =>
        rows.find(({ pk, sk }) => pk?.S === key && sk?.S === second),
      );
      await remove(inboxKey(ann.uuid), second);
      await putItems({ client: new DynamoDBClient(clientSettings(aws, account)), tableName }, [
        { ...message, message: { S: "wrong" } },
        { ...row, sk: { S: first }, message: { S: "wrong" } },
      ]);

      const restored = await paste(runbookCommands("lost-rows")[0] ?? "", { time });
      expect(restored).toContain("messages: 1 different");
      const [repairAll = "", putBack = "", repairOne = ""] = runbookCommands("wrong-rows");
      await paste(repairAll);
      const shown = await paste(putBack, {
        pk: `MSG#${pair}`,
        sk: second,
        "restored table": copyOf(restored),
      });
      expect(shown).toMatch(/<.*second[^]*>.*wrong/);
      await paste(repairOne, { uuid: pair });
      const { items } = await listMessages(table, pair);
      expect(items.map(({ text }) => text)).toEqual(["second", "first"]);
      await bothShow(second, "second");
    }, 300_000);

    test("a lost table: it is there again under its name, and the trigger reads its stream", async () => {
      const { client } = table;
      const [, list = "", restore = ""] = runbookCommands("lost-table");
      const tooEarly = await paste(`${restore} --confirm ${tableName}`, { backup: "latest" }, 1);
      expect(tooEarly).toContain(`The table ${tableName} is there. Nothing was changed.`);
      const off = { TableName: tableName, DeletionProtectionEnabled: false };
      await client.send(new UpdateTableCommand(off));
      await client.send(new DeleteTableCommand({ TableName: tableName }));

      await paste(list);
      const found = new ListBackupsCommand({ TableName: tableName, BackupType: "SYSTEM" });
      const backup = (await client.send(found)).BackupSummaries?.[0]?.BackupArn ?? "";
      const beside = restore.replace("--under-own-name", "--json");
      expect(await paste(beside, { backup })).toContain(`"live": null`);
      const asked = await paste(restore, { backup }, 1);
      expect(asked).toContain(`The same command with: --confirm ${tableName}`);
      await paste(`${restore} --confirm ${tableName}`, { backup });
      // What the promotion of the same release applies.
      const env = aws.environmentFor(account);
      const run = { environment: "prod", output, env, logFile: join(folder, "log") };
      expect(await deployEnvironment(run)).toBe(true);
      const { createdAt } = await sendMessage(table, newMessage(pair, ann, "third"));
      await bothShow(createdAt, "third");
      expect(await deployEnvironment(run)).toBe(false);
    }, 600_000);

    test("the drill by hand: both tables are restored, compared and removed, and the status shows it", async () => {
      const [drill = ""] = runbookCommands("restore-drill");
      const tables = async () => (await table.client.send(new ListTablesCommand({}))).TableNames;
      const before = await tables();
      const shown = await paste(drill);
      expect(shown).toContain("Restore drill of prod: passed");
      expect(shown).toMatch(/Evidence: s3:\/\/\S+\/releases\/drills\//);
      const status = await paste("npm run status -- prod");
      expect(status).toMatch(/last restore drill\n.* by \S+: passed/);
      expect(await tables()).toEqual(before);
    }, 300_000);
  },
);
