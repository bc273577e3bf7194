import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { reviewDocument, reviewJsonSchema } from "../../review/report/document.ts";
import { planFromJson } from "../../review/plan/plan.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { textReport } from "../../review/report/text-report.ts";
import { changeOf, deletedTable, planOf } from "./synthetic-plan.ts";

const reviewed = (...changes: readonly ReturnType<typeof changeOf>[]) =>
  reviewPlan(planFromJson([planOf(...changes)]), { name: "dev" });

/** A change that is safe and long. */
const longChange = (number: number) =>
  changeOf("aws_ssm_parameter", `p${number}`, "update", { type: "a".repeat(200) }, { type: "b".repeat(200) });

/** What an update of a resource changes. */
const differencesBetween = async (before: object, after: object) => {
  const { resources } = await reviewed(changeOf("aws_thing", "t", "update", before, after));
  return resources.flatMap(({ differences }) => differences);
};

describe("in a terminal", () => {
  test.each([40, 80, 132])("it fits %d columns", async (width) => {
    const document = await reviewed(
      deletedTable("a-table-with-a-name-that-is-longer-than-some-terminals-are-wide"),
      longChange(1),
    );
    const lines = stripVTControlCharacters(textReport(document, { width, colour: true })).split("\n");
    expect(
      Math.max(...lines.filter((line) => !line.includes("https://")).map((line) => line.length)),
    ).toBeLessThanOrEqual(width);
  });

  test("it has colour only on request", async () => {
    const document = await reviewed(deletedTable("t"));
    expect(textReport(document, { colour: true })).toContain("\u001b[31m");
    expect(textReport(document)).not.toContain("\u001b");
  });
});

test("the JSON form matches its schema", async () => {
  const document = await reviewed(deletedTable("t"), longChange(1));
  expect(reviewDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  expect(reviewJsonSchema()).toMatchObject({
    properties: { version: { const: 1 }, verdict: { enum: ["blocked", "care", "safe"] } },
  });
});

test("lists are compared by the names of their items, JSON by its content; a change of order is shown as such", async () => {
  const index = (name: string, read: number) => ({ name, read_capacity: read });
  const before = {
    tags: {},
    global_secondary_index: [index("a", 5), index("b", 5)],
    layers: ["one", "two"],
    policy: '{"a": [1, 2]}',
  };
  const after = {
    tags: null,
    global_secondary_index: [index("b", 9), index("a", 5)],
    layers: ["two", "one"],
    policy: '{ "a": [2,1] }',
  };
  expect(await differencesBetween(before, after)).toEqual([
    { attribute: "global_secondary_index[b].read_capacity", kind: "changed", before: "5", after: "9" },
    { attribute: "layers", kind: "reordered" },
    { attribute: "policy.a", kind: "reordered" },
  ]);
});

test("a diagram shows the changed table, its trigger and the function", async () => {
  const arn = "arn:aws:dynamodb:ca-central-1:111111111111:table/t";
  const table = {
    name: "t",
    arn,
    stream_arn: `${arn}/stream/1`,
    stream_enabled: true,
    stream_view_type: "NEW_IMAGE",
  };
  const { picture } = await reviewed(
    changeOf("aws_dynamodb_table", "t", "update", table, { ...table, stream_view_type: "KEYS_ONLY" }),
    changeOf("aws_lambda_function", "f", "no-op", { function_name: "f", arn: "arn:f" }, {}),
    changeOf(
      "aws_lambda_event_source_mapping",
      "m",
      "no-op",
      { event_source_arn: `${arn}/stream/1`, function_name: "arn:f" },
      {},
    ),
  );
  expect(picture?.split("\n")).toEqual(
    expect.arrayContaining([
      "flowchart LR",
      expect.stringContaining("n0 -- stream --> n1"),
      expect.stringContaining("n1 -- invokes --> n2"),
    ]),
  );
});

test("the layout of JSON in a list and the Sid of a statement don't count as differences", async () => {
  const filters = (...patterns: readonly string[]) => ({ filter: patterns.map((pattern) => ({ pattern })) });
  const allow = (Sid: string, Action: string) => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource: "arn:aws:sqs:::q",
  });
  const policy = (...statements: readonly object[]) => ({
    policy: JSON.stringify({ Statement: statements }),
  });
  expect(
    await differencesBetween(filters('{"a":[1]}', '{"b":[2]}'), filters('{ "a": [1] }', '{ "b": [2] }')),
  ).toEqual([]);
  expect(
    await differencesBetween(
      policy(allow("One", "sqs:SendMessage"), allow("Two", "sqs:GetQueueUrl")),
      policy(allow("First", "sqs:SendMessage")),
    ),
  ).toMatchObject([{ attribute: "policy.Statement[Two]" }]);
});
