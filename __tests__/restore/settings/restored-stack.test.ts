import { expect, test } from "@jest/globals";
import { restoredStack } from "../../../restore/settings/restored-stack.ts";
import type { Blocks, StackJson } from "../../../restore/settings/stack-json.ts";
import { everythingLiteral } from "../../support/everything.ts";
import { synthesizeMessaging } from "../../support/synthesized.ts";

const stack = synthesizeMessaging(everythingLiteral).json as unknown as StackJson;
const topicArn = (name: string) => `arn:aws:sns:ca-central-1:111111111111:${name}`;
const copyOf = (live: string) => ({ live, own: live, name: `${live}-restored-20260301T100000Z` });
const restored = (live: string, of: StackJson = stack) =>
  restoredStack(of, copyOf(live), topicArn) as StackJson & { import: unknown[] };
const namesIn = ({ resource }: StackJson, type: string, attribute: string) =>
  Object.values(resource[type] ?? {}).map((values) => values[attribute]);

test.each([
  [
    "cruddur-messages",
    [
      "aws_appautoscaling_policy",
      "aws_appautoscaling_scheduled_action",
      "aws_appautoscaling_target",
      "aws_cloudwatch_metric_alarm",
      "aws_dynamodb_contributor_insights",
      "aws_dynamodb_table",
    ],
  ],
  ["Users", ["aws_cloudwatch_metric_alarm", "aws_dynamodb_contributor_insights", "aws_dynamodb_table"]],
])("a copy of %s gets what belongs to that table alone, under the copy's name", (live, types) => {
  const copy = restored(live);
  expect(Object.keys(copy.resource).sort()).toEqual(types);
  expect(namesIn(copy, "aws_dynamodb_table", "name")).toEqual([`${live}-restored-20260301T100000Z`]);
  for (const alarm of namesIn(copy, "aws_cloudwatch_metric_alarm", "alarm_name"))
    expect(alarm).toMatch(/-restored-20260301T100000Z$/);
  expect(copy.import).toHaveLength(1);
  // Nothing of it is the live table's, and nothing refers to what isn't there.
  const text = JSON.stringify(copy);
  expect(text).not.toContain(`"${live}"`);
  for (const [, type = "", id = ""] of text.matchAll(/\$\{(aws_\w+)\.([\w-]+)\./g))
    expect(copy.resource[type]).toHaveProperty([id]);
  expect(text).not.toContain("prevent_destroy");
});

test("a table that is restored under its own name keeps the names of its alarms", () => {
  const copy = { live: "Users", own: "Users", name: "Users" };
  const again = restoredStack(stack, copy, topicArn) as StackJson;
  const live = namesIn(stack, "aws_cloudwatch_metric_alarm", "alarm_name");
  expect(live).toEqual(expect.arrayContaining(namesIn(again, "aws_cloudwatch_metric_alarm", "alarm_name")));
});

test("what is new about a table is refused until somebody has said whether a copy gets it", () => {
  const table = Object.keys(stack.resource["aws_dynamodb_table"] ?? {}).find((id) => id.startsWith("users"));
  const more: Blocks = {
    aws_dynamodb_table_export: { e: { table_arn: `\${aws_dynamodb_table.${table}.arn}` } },
  };
  expect(() => restored("Users", { ...stack, resource: { ...stack.resource, ...more } })).toThrow(
    "it isn't known whether a restored table gets aws_dynamodb_table_export.e",
  );
});
