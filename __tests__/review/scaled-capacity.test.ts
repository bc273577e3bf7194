import { expect, test } from "@jest/globals";
import { withoutOwnDoing } from "../../review/plan/drift.ts";
import { planFromJson } from "../../review/plan/plan.ts";
import { changeOf, planOf } from "./synthetic-plan.ts";

const INDEX = "by-member";

const table = (table: number, index: number, rest: object = {}) => ({
  name: "messages",
  billing_mode: "PROVISIONED",
  read_capacity: table,
  write_capacity: 5,
  global_secondary_index: [
    { name: "other", read_capacity: 5, write_capacity: 5 },
    { name: INDEX, read_capacity: index, write_capacity: 5 },
  ],
  ...rest,
});

const scaledReads = (resource: string) => ({
  resource_id: resource,
  scalable_dimension: `dynamodb:${resource.includes("/index/") ? "index" : "table"}:ReadCapacityUnits`,
});
const target = (resource: string, min_capacity: number, max_capacity: number) => ({
  ...scaledReads(resource),
  min_capacity,
  max_capacity,
});
const schedule = (resource: string, min: string, max: string) => ({
  ...scaledReads(resource),
  scalable_target_action: [{ min_capacity: min, max_capacity: max }],
});
const unchanged = (type: string, name: string, values: object) =>
  changeOf(type, name, "no-op", values, values);

const [TABLE, OF_INDEX] = ["table/messages", `table/messages/index/${INDEX}`];
const scaler = [
  unchanged("aws_appautoscaling_target", "table", target(TABLE, 5, 100)),
  unchanged("aws_appautoscaling_target", "index", target(OF_INDEX, 5, 50)),
];

/** What is left of a change of the table, beside what scales it. */
function left(before: object, after: object, others = scaler) {
  const plan = planFromJson([
    planOf(changeOf("aws_dynamodb_table", "messages", "update", before, after), ...others),
  ]);
  const [change] = plan.ofType("aws_dynamodb_table");
  return change && withoutOwnDoing(change, plan);
}

test("a capacity within the scaler's limits is no change, of the table and of an index", () => {
  expect(left(table(5, 5), table(80, 50))?.action).toBe("no-op");
  expect(left(table(80, 50), table(5, 5))?.action).toBe("no-op");
});

test.each([
  ["above the maximum", table(5, 5), table(101, 5), scaler],
  ["above the maximum of an index", table(5, 5), table(5, 51), scaler],
  ["below the minimum", table(5, 5), table(4, 5), scaler],
  ["of writes, where reads are scaled", table(5, 5), table(5, 5, { write_capacity: 9 }), scaler],
  ["of a table without a scaler", table(5, 5), table(80, 5), []],
  ["of another setting", table(5, 5), table(80, 50, { deletion_protection_enabled: true }), scaler],
])("a change stays: %s", (_, before, after, others) => {
  expect(left(before, after, others)).toMatchObject({ action: "update", before: { write_capacity: 5 } });
});

test("a scaler that is only planned explains nothing", () => {
  const planned = changeOf("aws_appautoscaling_target", "table", "create", null, target(TABLE, 5, 100));
  expect(left(table(5, 5), table(80, 5), [planned])?.action).toBe("update");
});

test("limits that a schedule sets are no change, and the capacity may follow them", () => {
  const day = unchanged("aws_appautoscaling_scheduled_action", "day", schedule(TABLE, "50", "400"));
  const changed = (min: number, max: number) =>
    changeOf("aws_appautoscaling_target", "table", "update", target(TABLE, 5, 100), target(TABLE, min, max));
  const ofTarget = (min: number, max: number) => {
    const plan = planFromJson([planOf(changed(min, max), day)]);
    const [change] = plan.ofType("aws_appautoscaling_target");
    return change && withoutOwnDoing(change, plan).action;
  };
  expect(ofTarget(50, 400)).toBe("no-op");
  expect(ofTarget(50, 300)).toBe("update");
  expect(left(table(5, 5), table(350, 5), [...scaler, day])?.action).toBe("no-op");
  expect(left(table(5, 5), table(350, 5))?.action).toBe("update");
});
