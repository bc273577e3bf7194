import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { environmentNamed, loadEnvironments } from "../../config/load-environments.ts";
import { namesOf } from "../../config/names.ts";
import { localAccount } from "../../local/accounts.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import {
  listConversations,
  listMessages,
  newMessage,
  sendMessage,
  startConversation,
} from "../../messaging/conversations.ts";
import { inboxKey, type Member, messageItem } from "../../messaging/items.ts";
import { moveConversation } from "../../messaging/move-conversation.ts";
import { createMessagesTable } from "../support/messages-table.ts";
import { copySources } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";
import { filledIn, runbookCommands } from "../support/runbook-commands.ts";
import { itemsOf, putItems } from "../support/table-items.ts";

const [ann, ben] = ["ann", "ben"].map((uuid) => ({ uuid, displayName: uuid, handle: uuid })) as [
  Member,
  Member,
];

describeWith(["python", "aws"], "the runbook's paths when something is lost, from their text alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "runbook-paths-test-"));
  const checkout = join(folder, "checkout");
  const prod = environmentNamed("prod", loadEnvironments());
  const account = localAccount(prod);
  let aws: EmbeddedAws;
  beforeAll(async () => {
    copySources(checkout);
    aws = await startEmbeddedAws();
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  /** Runs a block of commands as it is pasted into a shell. */
  const paste = async (commands: string, values: Readonly<Record<string, string>> = {}) => {
    const { all, exitCode } = await execa("bash", ["-c", filledIn(commands, values)], {
      cwd: checkout,
      env: aws.environmentFor(account),
      reject: false,
      all: true,
    });
    expect([exitCode, all]).toEqual([0, expect.any(String)]);
    return all;
  };

  test("wrong rows: overwritten messages are put back, and rows moved to where they belong", async () => {
    const live = await createMessagesTable(aws, namesOf(prod).tables.messages, account);
    const { createdAt: first } = await startConversation(
      live.table,
      [ann, ben],
      newMessage("pair", ann, "first"),
    );
    const second = await sendMessage(live.table, newMessage("pair", ben, "second"));
    const { createdAt } = second;
    await moveConversation(live, {
      conversationUuid: "pair",
      createdAt,
      text: "second",
      senderUuid: ben.uuid,
    });
    const restored = await createMessagesTable(aws, `${live.tableName}-restored-20261126T130000Z`, account);
    await putItems(restored, await itemsOf(live));
    // A faulty release overwrites a message, and puts a row back where it was, with a wrong text.
    const put = (Item: object) =>
      live.table.client.send(new PutCommand({ TableName: live.tableName, Item: { ...Item } }));
    await put({ ...messageItem(second), message: "wrong" });
    const row = (await itemsOf(live)).find(({ pk }) => pk?.S === inboxKey("ann"));
    const Key = { pk: inboxKey("ann"), sk: createdAt };
    await live.table.client.send(new DeleteCommand({ TableName: live.tableName, Key }));
    await putItems(live, [{ ...row, sk: { S: first }, message: { S: "wrong" } }]);

    const [repairAll = "", putBack = "", repairOne = ""] = runbookCommands("wrong-rows");
    await paste(repairAll);
    const shown = await paste(putBack, {
      pk: "MSG#pair",
      sk: createdAt,
      "restored table": restored.tableName,
    });
    expect(shown).toMatch(/<.*second[^]*>.*wrong/);
    await paste(repairOne, { uuid: "pair" });
    const { items } = await listMessages(live.table, "pair");
    expect(items.map(({ text }) => text)).toEqual(["second", "first"]);
    for (const member of [ann, ben]) {
      const { items: inbox } = await listConversations(live.table, member.uuid);
      expect(inbox.map(({ movedAt, newestText }) => [movedAt, newestText])).toEqual([[createdAt, "second"]]);
    }
  });
});
