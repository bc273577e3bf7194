import { expect, test } from "@jest/globals";
import { formatStatus } from "../../status/format-status.ts";
import { findFaults, type Status } from "../../status/status.ts";

const capacity = { read: { consumed: 3.25, available: 1_000 }, write: {} };
const table = {
  name: "messages",
  status: "ACTIVE",
  ...capacity,
  items: 1_200,
  bytes: 2_500_000,
  isProtected: true,
  restorableUntil: "2026-03-01T10:00:00.000Z",
  lastBackup: { made: "2026-03-01T05:00:00.000Z", vault: "cruddur-messaging" },
  indexes: { "by-group": { status: "ACTIVE", ...capacity } },
};
const alarm = { name: "errors", state: "OK", since: "2026-03-01T09:00:00.000Z", reason: "" };
const trigger = { state: "Enabled", lastResult: "OK", iteratorAgeMilliseconds: 1_500 };
const healthy: Status = {
  environment: "dev",
  faults: [],
  tables: [table],
  trigger,
  deadLetters: 0,
  alarms: [alarm],
  drill: { ended: "2026-03-01T04:00:00.000Z", who: "drill", passed: true },
};

test("is healthy when tables and indexes are active, the trigger is enabled and no alarm is raised", () => {
  expect(findFaults(healthy)).toEqual([]);
  const noData = { ...alarm, state: "INSUFFICIENT_DATA" };
  expect(findFaults({ ...healthy, alarms: [noData] })).toEqual([]);
});

test.each<[string, Partial<Status>, string]>([
  ["a table is absent", { tables: [{ name: "messages", status: "absent" }] }, "Table messages is absent."],
  [
    "an index is not active",
    { tables: [{ ...table, indexes: { "by-group": { status: "CREATING", ...capacity } } }] },
    "Index by-group of messages is CREATING.",
  ],
  [
    "the trigger is not enabled",
    { trigger: { state: "Updating" } },
    "The trigger is Updating: no message reaches an inbox.",
  ],
  [
    "an alarm is raised",
    { alarms: [{ ...alarm, state: "ALARM" }] },
    "Alarm errors is raised since 2026-03-01T09:00:00.000Z.",
  ],
  ["there are no alarms", { alarms: [] }, "There are no alarms."],
])("is ill when %s", (_, change, fault) => {
  expect(findFaults({ ...healthy, ...change })).toEqual([fault]);
});

test("is printed in one screen", () => {
  expect(formatStatus(healthy)).toEqual([
    "dev: messaging is healthy",
    "tables",
    "  messages: ACTIVE, 1,200 items, 2.5 MB, protected from deletion",
    "    units a second: 3.3 of 1,000 read, – of any write",
    "    index by-group: ACTIVE; units a second: 3.3 of 1,000 read, – of any write",
    "trigger",
    "  Enabled; last result: OK; oldest record waited 1,500 ms",
    "backlog",
    "  0 dead letters; longest delay to an inbox –",
    "alarms",
    "  0 raised, 1 OK, 0 without data",
    "last deployment",
    "  none",
    "last backup",
    "  messages: any second until 2026-03-01T10:00:00.000Z; 2026-03-01T05:00:00.000Z in the vault cruddur-messaging",
    "last restore drill",
    "  2026-03-01T04:00:00.000Z, by drill: passed",
  ]);
});
