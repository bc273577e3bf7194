import { expect, test } from "@jest/globals";
import { readRecords } from "../../../lambdas/messaging-stream/read-records.ts";
import { batchOf, recordOf } from "../../support/stream-records.ts";

const at = (conversation: string, time: string) => ({ conversation, sender: "a", time });

test("each conversation has its newest message and the sequence number of its first record", () => {
  const { Records } = batchOf(at("x", "2"), at("y", "1"), at("x", "3"), at("x", "1"));
  const x = { conversationUuid: "x", createdAt: "3", text: "text of 3", senderUuid: "a" };
  const y = { conversationUuid: "y", createdAt: "1", text: "text of 1", senderUuid: "a" };
  expect(readRecords(Records)).toEqual({
    malformed: [],
    conversations: [
      { newest: x, sequenceNumber: "1" },
      { newest: y, sequenceNumber: "2" },
    ],
  });
});

test("a malformed record is reported with its missing attributes, and the others are read", () => {
  const { Records } = batchOf(at("x", "1"), at("x", "2"));
  delete Records[1]?.dynamodb?.NewImage?.["message"];
  delete Records[1]?.dynamodb?.NewImage?.["user_uuid"];
  const { conversations, malformed } = readRecords(Records);
  expect(malformed).toEqual([{ sequenceNumber: "2", missing: ["message", "user_uuid"] }]);
  expect(conversations).toMatchObject([{ newest: { createdAt: "1" } }]);
});

test("records other than new messages are skipped, in case the trigger has no filter", () => {
  const record = recordOf(at("x", "1"), "1");
  const row = { ...record, dynamodb: { ...record.dynamodb, Keys: { pk: { S: "GRP#a" }, sk: { S: "1" } } } };
  const changes = (["MODIFY", "REMOVE"] as const).map((eventName) => ({ ...record, eventName }));
  expect(readRecords([...changes, row, {}])).toEqual({ conversations: [], malformed: [] });
});
