import { describe, expect, test } from "@jest/globals";
import { planFromJson } from "../../review/plan/plan.ts";
import { readPlanJson } from "../../terraform/plan-json.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { changeOf, planOf } from "./synthetic-plan.ts";

type Change = ReturnType<typeof changeOf>;

const table = { name: "t", hash_key: "pk" };
const unchanged = changeOf("aws_dynamodb_table", "t", "no-op", table, table);

/** The findings of a plan with these sections, as its JSON has them. */
async function findings(sections: object, ...changes: readonly Change[]) {
  const json = readPlanJson(JSON.stringify({ ...planOf(...changes), ...sections }), "p.json");
  const { verdict, findings } = await reviewPlan(planFromJson([json]), { name: "dev" });
  expect(verdict).not.toBe(findings.length === 0 ? "care" : "safe");
  return findings.map(({ rule, level, what }) => `${rule} ${level}: ${what}`);
}

const withActions = (...actions: readonly string[]): Change => ({
  ...unchanged,
  change: { ...unchanged.change, actions: [...actions] },
});

describe("what the review doesn't know of a plan is care", () => {
  test.each([
    [["graft"], "graft"],
    [["update", "delete"], "update, delete"],
    [[], "nothing"],
  ])("an action in the words %j", async (words, said) => {
    expect(await findings({}, withActions(...words))).toEqual([
      `unknown-part care: The plan says ${said} of aws_dynamodb_table.t, an action that this review doesn't know.`,
    ]);
  });

  test("a no-op whose values differ; one with the same values is none", async () => {
    const contradicted = changeOf("aws_dynamodb_table", "t", "no-op", table, { ...table, hash_key: "sk" });
    expect(await findings({}, contradicted)).toEqual([
      "unknown-part care: The plan says no-op of aws_dynamodb_table.t, but its values before and after differ.",
    ]);
    expect(await findings({}, unchanged)).toEqual([]);
  });

  test("a section; the ones that Terraform 1.14 writes are known", async () => {
    const known = {
      planned_values: {},
      variables: {},
      relevant_attributes: [],
      timestamp: "",
      applyable: true,
    };
    expect(await findings({ ...known, query_results: [{}] }, unchanged)).toEqual([
      "unknown-part care: The plan has a part that this review doesn't know: query_results.",
    ]);
    expect(await findings(known, unchanged)).toEqual([]);
  });

  test("a mode of resources; data sources are known", async () => {
    const read = { ...changeOf("aws_vpc", "v", "read", null, {}), mode: "data" };
    const other = { ...unchanged, address: "list.aws_vpc.v", mode: "list" };
    expect(await findings({}, read, other)).toEqual([
      "unknown-part care: The plan has a part that this review doesn't know: list.aws_vpc.v (of mode list).",
    ]);
  });
});

test("an action that the apply runs is shown, whether it is deferred or not", async () => {
  const action = (name: string, rest: object = {}) => ({
    address: `action.aws_lambda_invoke.${name}`,
    type: "aws_lambda_invoke",
    name,
    ...rest,
  });
  const trigger = {
    triggering_resource_address: "aws_dynamodb_table.t",
    action_trigger_event: "AfterUpdate",
  };
  const sections = {
    action_invocations: [action("warm", { lifecycle_action_trigger: trigger })],
    deferred_action_invocations: [{ reason: "unknown", action_invocation: action("later") }],
  };
  expect(await findings(sections, unchanged)).toEqual([
    "invoked-action care: The apply runs action.aws_lambda_invoke.warm, an action of type aws_lambda_invoke, because aws_dynamodb_table.t changes.",
    "invoked-action care: The apply runs action.aws_lambda_invoke.later, an action of type aws_lambda_invoke.",
  ]);
});

test("a check that fails is told with its message; one that passes or isn't known yet isn't", async () => {
  const check = (name: string, status: string, ...messages: readonly string[]) => ({
    address: { kind: "check", name, to_display: `check.${name}` },
    status,
    instances: [{ address: {}, status, problems: messages.map((message) => ({ message })) }],
  });
  const checks = [
    check("a", "pass"),
    check("b", "unknown"),
    check("c", "fail", "The table is empty."),
    check("d", "error"),
  ];
  expect(await findings({ checks }, unchanged)).toEqual([
    "failed-check care: check.c fails: The table is empty.",
    "failed-check care: check.d fails.",
  ]);
});

test("a table that was deleted outside Terraform, and is made anew, is no mere creation", async () => {
  const drifted = changeOf("aws_dynamodb_table", "t", "delete", table, null);
  const rule = changeOf("aws_cloudwatch_event_rule", "r", "delete", { name: "r" }, null);
  const created = changeOf("aws_dynamodb_table", "t", "create", null, table);
  expect(await findings({ resource_drift: [drifted, rule] }, created)).toEqual([
    "deleted-outside care: aws_dynamodb_table t was deleted outside Terraform, with all its items, and is made anew, empty.",
    "deleted-outside care: aws_cloudwatch_event_rule r was deleted outside Terraform.",
  ]);
});

test("data under another provider's names, and an unknown provider's resource", async () => {
  const deleted = (type: string) => changeOf(type, "x", "delete", { name: "x" }, null);
  expect(await findings({}, deleted("awscc_dynamodb_table"), deleted("acme_thing"))).toEqual([
    "lost-data blocked: awscc_dynamodb_table x is deleted: all its items would be lost.",
    "removed care: acme_thing x is deleted.",
  ]);
});

describe("a plan that is nested deep", () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const planned = (value: string) =>
    JSON.stringify(planOf(changeOf("aws_thing", "t", "update", { a: "VALUE" }, {}))).replace(
      '"VALUE"',
      value,
    );

  test("is refused in a sentence", () => {
    expect(() => readPlanJson(planned(deep(20_000)), "p.json")).toThrow(
      "p.json is nested more than 500 levels deep. No plan of Terraform is; it can't be reviewed.",
    );
  });

  test("within the limit, or within a text, is reviewed", async () => {
    for (const value of [deep(400), JSON.stringify(deep(20_000))]) {
      const plan = planFromJson([readPlanJson(planned(value), "p.json")]);
      expect((await reviewPlan(plan, { name: "dev" })).verdict).toBe("care");
    }
  });
});
