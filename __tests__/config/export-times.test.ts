import { expect, test } from "@jest/globals";
import { newestExport } from "../../config/export-times.ts";

test.each([
  ["an hour after it is due", 5, "2026-11-27T06:59:59Z", "2026-11-26T05:00:00.000Z"],
  ["two hours after it is due", 5, "2026-11-27T07:00:00Z", "2026-11-27T05:00:00.000Z"],
  ["late in the day", 5, "2026-11-27T23:59:59Z", "2026-11-27T05:00:00.000Z"],
  ["by default at five", undefined, "2026-11-27T12:00:00Z", "2026-11-27T05:00:00.000Z"],
  ["due before midnight, until two hours later", 23, "2026-11-27T00:59:59Z", "2026-11-25T23:00:00.000Z"],
  ["due before midnight, two hours later", 23, "2026-11-27T01:00:00Z", "2026-11-26T23:00:00.000Z"],
])("queries see the newest export that had its time to complete: %s", (_, exportHour, now, expected) => {
  expect(newestExport({ exportHour }, new Date(now)).toISOString()).toBe(expected);
});
