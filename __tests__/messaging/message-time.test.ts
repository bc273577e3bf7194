import { expect, test } from "@jest/globals";
import { instantOf, laterBy } from "../../messaging/message-time.ts";

test.each([
  ["2023-04-15T12:00:00.123456", "2023-04-15T12:00:00.123Z"],
  ["2023-04-15T12:00:00Z", "2023-04-15T12:00:00.000Z"],
  ["2023-04-15T12:00:00.5+02:00", "2023-04-15T10:00:00.500Z"],
  ["2024-02-29T00:00:00.000Z", "2024-02-29T00:00:00.000Z"],
])("%s is %s", (time, instant) => {
  expect(new Date(instantOf(time) ?? Number.NaN).toISOString()).toBe(instant);
});

test.each([
  "",
  "2",
  "yesterday",
  "2023-04-15",
  "2023-02-29T12:00:00Z",
  "2023-04-15T25:00:00Z",
  "2023-04-15T12:00:00+2",
])("%p is no time", (time) => {
  expect(instantOf(time)).toBeUndefined();
});

test.each([
  [1, "2023-04-15T12:00:00.123456Z", "2023-04-15T12:00:00.123457Z"],
  [1, "2023-04-15T12:00:00.123456", "2023-04-15T12:00:00.123457"],
  [1, "2023-12-31T23:59:59.999999Z", "2024-01-01T00:00:00.000000Z"],
  [2, "2023-04-15T12:00:00.12Z", "2023-04-15T12:00:00.120002Z"],
  [1, "2023-04-15T12:00:00.123456789+02:00", "2023-04-15T12:00:00.123457789+02:00"],
])("%d microseconds after %s is %s", (microseconds, time, later) => {
  expect(laterBy(microseconds, time)).toBe(later);
});
