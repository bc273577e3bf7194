import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { delaysOf, sentAt } from "../../../lambdas/messaging-stream/inbox-delay.ts";

const at = (time: string) => Date.parse(`2026-03-01T10:00:${time}Z`);

test.each([
  ["its own time, in the second in which it was written", "2026-03-01T10:00:05.250000Z", at("05.250")],
  ["the beginning of that second, of a message that was imported", "2020-01-01T00:00:00.000000Z", at("05")],
  ["the end of that second, where the sender's clock is ahead", "2026-03-01T10:01:00.000Z", at("05.999")],
  ["that second, where its own time is none", "yesterday", at("05")],
])("a message was sent at %s", (_, createdAt, expected) => {
  expect(sentAt(createdAt, at("05"))).toBe(expected);
});

describe("the delay of a message", () => {
  beforeAll(() => {
    jest.useFakeTimers({ now: at("10") });
  });
  afterAll(() => {
    jest.useRealTimers();
  });

  const message = (second: string) => ({
    sequenceNumber: second,
    pk: "",
    sk: `2026-03-01T10:00:${second}.000000Z`,
    writtenAt: at(second),
    sentAt: at(second),
  });

  test("is from when it was sent until it reached its inboxes", () => {
    expect(delaysOf([message("07"), message("09")], message("05").sk)).toEqual([3_000, 1_000]);
  });

  test("is none for a message that was there before, which Lambda has sent again", () => {
    expect(delaysOf([message("05"), message("09")], message("05").sk)).toEqual([1_000]);
    expect(delaysOf([message("05")], undefined)).toEqual([]);
  });

  test("is never less than nothing, where the function's clock is behind", () => {
    expect(delaysOf([message("12")], message("05").sk)).toEqual([0]);
  });
});
