import { expect, test } from "@jest/globals";
import { readRecords } from "../../../lambdas/messaging-stream/read-records.ts";
import { batchOf, recordOf, rowRecordOf, textOf } from "../../support/stream-records.ts";

const time = (n: number) => `2026-03-01T10:00:00.${`${n}`.padStart(6, "0")}Z`;
const at = (conversation: string, n: number) => ({ conversation, sender: "a", time: time(n) });
const message = (conversation: string, n: number) => ({
  conversationUuid: conversation,
  createdAt: time(n),
  text: textOf(time(n)),
  senderUuid: "a",
});
const seconds = (text: string) => Date.parse(text) / 1_000;

test("each conversation has its newest message and the sequence number of its first record", () => {
  const { Records } = batchOf(at("x", 2), at("y", 1), at("x", 3), at("x", 1));
  const { conversations, refused } = readRecords(Records);
  expect(refused).toEqual([]);
  expect(conversations).toMatchObject([
    { conversationUuid: "x", newest: message("x", 3), sequenceNumber: "1" },
    { conversationUuid: "y", newest: message("y", 1), sequenceNumber: "2" },
  ]);
  expect(conversations[0]?.messages.map(({ sk }) => sk)).toEqual([time(2), time(3), time(1)]);
});

test("a record that lacks attributes is refused with its keys, and the others are read", () => {
  const { Records } = batchOf(at("x", 1), at("x", 2));
  delete Records[1]?.dynamodb?.NewImage?.["message"];
  delete Records[1]?.dynamodb?.NewImage?.["user_uuid"];
  const { conversations, refused } = readRecords(Records);
  const keys = { sequenceNumber: "2", pk: "MSG#x", sk: time(2) };
  expect(refused).toMatchObject([{ ...keys, reason: "no message, no user_uuid" }]);
  expect(conversations).toMatchObject([{ newest: message("x", 1) }]);
});

test.each(["yesterday", "", "2026-02-30T10:00:00Z"])("a record of the time %p is refused", (text) => {
  const { conversations, refused } = readRecords([recordOf({ ...at("x", 1), time: text }, "1")]);
  expect(conversations).toEqual([]);
  expect(refused).toMatchObject([{ sk: text, reason: "sk is no ISO 8601 time" }]);
});

test.each([
  ["no conversation", { pk: { S: "MSG#" } }],
  ["user_uuid is longer than a key can be", { user_uuid: { S: "a".repeat(2_045) } }],
])("a record with %s is refused, since no key can be made of it", (reason, attributes) => {
  const record = recordOf(at("x", 1), "1");
  const { Keys, NewImage } = record.dynamodb ?? {};
  const keys = "pk" in attributes ? { ...Keys, ...attributes } : Keys;
  const dynamodb = { ...record.dynamodb, Keys: keys, NewImage: { ...NewImage, ...attributes } };
  expect(readRecords([{ ...record, dynamodb }]).refused).toMatchObject([{ reason }]);
});

test("a time without a zone is UTC", () => {
  const record = recordOf({ ...at("x", 1), time: "2026-03-01T10:00:00.000001" }, "1");
  expect(readRecords([record]).conversations).toMatchObject([
    { newest: { createdAt: "2026-03-01T10:00:00.000001" } },
  ]);
});

test("a time is at most five minutes after the message was written", () => {
  const written = (text: string) => {
    const record = recordOf(at("x", 1), "1");
    return { ...record, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: seconds(text) } };
  };
  expect(readRecords([written("2026-03-01T09:55:01Z")]).refused).toEqual([]);
  expect(readRecords([written("2026-03-01T09:54:59Z")]).refused).toMatchObject([
    { reason: "sk is more than five minutes after the message was written" },
  ]);
});

test("rows of a writer that doesn't count members are read, the function's own aren't", () => {
  const rows = [rowRecordOf({ conversation: "x", member: "a", time: time(1) }, "1")];
  const own = rowRecordOf({ conversation: "x", member: "b", time: time(1), memberCount: 2 }, "2");
  expect(readRecords([...rows, own, recordOf(at("x", 2), "3")]).conversations).toMatchObject([
    { sequenceNumber: "1", appeared: new Map([["a", time(1)]]), newest: message("x", 2) },
  ]);
});

test("records other than new messages and rows are skipped, in case the trigger has no filter", () => {
  const record = recordOf(at("x", 1), "1");
  const other = { ...record, dynamodb: { ...record.dynamodb, Keys: { pk: { S: "USR#a" }, sk: { S: "1" } } } };
  const changes = (["MODIFY", "REMOVE"] as const).map((eventName) => ({ ...record, eventName }));
  const records = [...changes, other, {}, null, { eventName: "INSERT" } as const];
  expect(readRecords(records)).toEqual({ conversations: [], refused: [] });
});
