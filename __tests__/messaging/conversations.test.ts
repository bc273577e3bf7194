import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import {
  listConversations,
  listMessages,
  type MessagesTable,
  sendMessage,
  startConversation,
} from "../../messaging/conversations.ts";
import type { Member } from "../../messaging/items.ts";
import type { RowStore } from "../../messaging/move-conversation.ts";
import { createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { putRow } from "../support/rows.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"].map((handle) => ({
  uuid: `uuid-of-${handle}`,
  displayName: handle.toUpperCase(),
  handle,
})) as [Member, Member, Member];

describeWith(["python"], "access patterns", () => {
  let aws: EmbeddedAws;
  let store: RowStore & { readonly table: MessagesTable };
  let table: MessagesTable;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    store = await createMessagesTable(aws, "messages");
    ({ table } = store);
  });
  afterAll(() => aws.stop());

  test("C: starting a conversation adds it to both inboxes, with the other member and the first message", async () => {
    const first = await startConversation(table, [alice, bob], "hello");
    const inbox = async ({ uuid }: Member) => (await listConversations(table, uuid)).items;
    const row = { uuid: first.conversationUuid, movedAt: first.createdAt, newestText: "hello" };
    expect(await inbox(alice)).toEqual([{ ...row, memberUuid: alice.uuid, other: bob }]);
    expect(await inbox(bob)).toEqual([{ ...row, memberUuid: bob.uuid, other: alice }]);
    expect(await listMessages(table, first.conversationUuid)).toEqual({ items: [first] });
  });

  test("C: the items have exactly the attributes that the application uses", async () => {
    const { client, tableName } = await createMessagesTable(aws, "items");
    const first = await startConversation({ client: table.client, tableName }, [alice, bob], "hello");
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: tableName }));
    const sk = first.createdAt;
    const row = { sk, message: "hello", message_group_uuid: first.conversationUuid, member_count: 2 };
    const of = (member: Member) => ({
      user_uuid: member.uuid,
      user_display_name: member.displayName,
      user_handle: member.handle,
    });
    expect(Items.sort((a, b) => String(a["pk"]).localeCompare(String(b["pk"])))).toEqual([
      { ...row, pk: `GRP#${alice.uuid}`, ...of(bob) },
      { ...row, pk: `GRP#${bob.uuid}`, ...of(alice) },
      { pk: `MSG#${first.conversationUuid}`, sk, message: "hello", message_uuid: first.uuid, ...of(alice) },
    ]);
    client.destroy();
  });

  test("C: the rows of a conversation of three list all members", async () => {
    await startConversation(table, [carol, alice, bob], "all of us");
    const { items } = await listConversations(table, carol.uuid);
    expect(items).toMatchObject([{ newestText: "all of us", other: alice }]);
  });

  test("C: a conversation needs at least two members, without duplicates", async () => {
    await expect(startConversation(table, [alice], "me")).rejects.toThrow(
      "A conversation has 2 to 98 members, each once (given 1).",
    );
    await expect(startConversation(table, [alice, alice], "me")).rejects.toThrow(RangeError);
  });

  test("A and D: messages are listed newest first, page by page, each once", async () => {
    const { conversationUuid } = await startConversation(table, [alice, bob], "0");
    for (const text of ["1", "2", "3", "4"]) await sendMessage(table, conversationUuid, bob, text);
    const texts: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await listMessages(table, conversationUuid, {
        limit: 2,
        ...(cursor !== undefined && { cursor }),
      });
      texts.push(page.items.map(({ text }) => text));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(texts).toEqual([["4", "3"], ["2", "1"], ["0"]]);
  });

  test("B: an inbox lists conversations of earlier years", async () => {
    const row = { conversation: "g", member: "old", other: "u", time: "2019-12-31T23:59:59.999Z" };
    await putRow(store, { ...row, text: "last year's" });
    expect((await listConversations(table, "old")).items).toMatchObject([{ newestText: "last year's" }]);
  });
});
