import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, jest, test } from "@jest/globals";
import { projectFolder } from "../../config/project-folder.ts";
import { type ReviewCommandOptions, runReview } from "../../review/run-review.ts";
import { readPlanJson } from "../../terraform/plan-json.ts";
import { runIn } from "../support/repository.ts";
import { changeOf, deletedTable, planOf } from "./synthetic-plan.ts";

const howTo = "Make it with: terraform show -json <plan file> > plan.json";

const notOfPlan = `is JSON, but not of a plan: it has no format_version. ${howTo}`;

test.each([
  ["nothing", "", `is empty. ${howTo}`],
  ["broken JSON", '{"format_version": "1.2", ', `is not JSON. ${howTo}`],
  ["a saved plan", "PK\u0003\u0004\u0014", `is a saved plan itself, not its JSON. ${howTo}`],
  [
    "the log of a plan",
    '{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info"}\n',
    `is the log of terraform plan -json, not the JSON of a plan. ${howTo}`,
  ],
  [
    "what a plan prints",
    "Terraform will perform the following actions:\n",
    `is what terraform plan prints for people, not the JSON of a plan. ${howTo}`,
  ],
  ["a state file", '{"version": 4, "lineage": "x"}', `is a state file, not the JSON of a plan. ${howTo}`],
  [
    "a state as JSON",
    '{"format_version": "1.0", "values": {}}',
    `is the JSON of a state, not of a plan. ${howTo}`,
  ],
  ["other JSON", '{"name": "x"}', notOfPlan],
  ["a list", "[]", notOfPlan],
  ["null", "null", notOfPlan],
  [
    "a newer format",
    '{"format_version": "2.0"}',
    "has format_version 2.0; this review understands up to 1.x,",
  ],
  ["a format that is no number", '{"format_version": "next"}', "has format_version next;"],
  [
    "a plan that failed",
    '{"format_version": "1.2", "errored": true, "resource_changes": []}',
    "is of a plan that failed part of the way",
  ],
  [
    "an empty plan",
    '{"format_version":"1.2","planned_values":{"root_module":{}},"configuration":{"root_module":{}}}',
    "is of an empty plan: there is no resource in it",
  ],
  [
    "a plan with a part of another kind",
    '{"format_version": "1.2", "resource_changes": [{"address": 1, "type": "a", "change": {"actions": []}}]}',
    "is not the JSON of a plan: resource_changes.0.address: ",
  ],
])("%s is refused with what it is, and what to do", (_, text, message) => {
  expect(() => readPlanJson(text, "p.json")).toThrow(`p.json ${message}`);
});

test("a later minor version, and what nobody has heard of in it, is read", () => {
  const later = { ...planOf(deletedTable("t")), format_version: "1.9", hereafter: { any: "thing" } };
  expect(readPlanJson(JSON.stringify(later), "p.json").resource_changes).toHaveLength(1);
});

test("drift without addresses, as Terraform 1.0.0 writes it, is read", () => {
  const { address: _, ...drifted } = { ...deletedTable("t"), module_address: "module.m", index: "a" };
  const plan = { ...planOf(deletedTable("t")), format_version: "0.1", resource_drift: [drifted] };
  const { resource_drift: drift } = readPlanJson(JSON.stringify(plan), "p.json");
  expect(drift?.map(({ address }) => address)).toEqual(['module.m.aws_dynamodb_table.t["a"]']);
});

describe("npm run review", () => {
  const folder = mkdtempSync(join(tmpdir(), "review-input-"));
  const file = join(folder, "plan.json");
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** The exit code and what is printed. */
  const review = async (plan: unknown, options: Partial<ReviewCommandOptions> = {}) => {
    writeFileSync(file, JSON.stringify(plan));
    const log = jest.spyOn(console, "log").mockImplementation(() => undefined);
    const exitCode = await runReview(file, { format: "text", ...options });
    const printed = log.mock.calls.join("\n");
    log.mockRestore();
    return { exitCode, printed };
  };
  const updated = (before: object, after: object) =>
    planOf(changeOf("aws_dynamodb_table", "t", "update", { name: "t", ...before }, { name: "t", ...after }));
  const plans = {
    safe: updated({ tags: {} }, { tags: { value: "x" } }),
    care: updated({ ttl: [{ enabled: false }] }, { ttl: [{ enabled: true, attribute_name: "x" }] }),
    blocked: planOf(deletedTable("t")),
  };

  test.each([
    ["safe", 0],
    ["care", 2],
    ["blocked", 3],
  ] as const)("%s is exit code %d", async (verdict, code) => {
    const { exitCode, printed } = await review(plans[verdict], { format: "json" });
    expect(exitCode).toBe(code);
    expect(JSON.parse(printed)).toMatchObject({ version: 1, verdict });
  });

  test.each([
    ["care", "care", 2],
    ["care", "blocked", 0],
    ["blocked", "blocked", 3],
  ] as const)("%s with --fail-on %s is exit code %d", async (verdict, failOn, exitCode) => {
    expect(await review(plans[verdict], { failOn })).toMatchObject({ exitCode });
  });

  test.each([
    ["text", /^Blocked: plan\.json: 1 blocking finding\n/],
    ["markdown", /^## ⛔ Blocked: plan\.json: /],
  ] as const)("the verdict is the first line of %s", async (format, firstLine) => {
    expect((await review(plans.blocked, { format })).printed).toMatch(firstLine);
  });

  test("as a command: its options count, and what it can't read is one line, without a stack", async () => {
    const run = (name: string, content: string, ...options: readonly string[]) => {
      writeFileSync(join(folder, name), content);
      return runIn(projectFolder, ["review", join(folder, name), ...options]);
    };
    const [care, blocked, unreadable] = await Promise.all([
      run("care.json", JSON.stringify(plans.care), "--fail-on", "blocked"),
      run("blocked.json", JSON.stringify(plans.blocked), "--format", "json"),
      run("broken.json", "{"),
    ]);
    expect(care).toMatchObject({ exitCode: 0, stderr: "" });
    expect(care.stdout).toMatch(/^Needs care: /);
    expect(blocked).toMatchObject({ exitCode: 3, stderr: "" });
    expect(JSON.parse(blocked.stdout)).toMatchObject({ version: 1, verdict: "blocked" });
    expect(unreadable).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: `${join(folder, "broken.json")} is not JSON. ${howTo}`,
    });
  });
});
