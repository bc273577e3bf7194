import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { projectFolder } from "../../config/project-folder.ts";
import { type ReviewCommandOptions, runReview } from "../../review/run-review.ts";
import { readPlanJson } from "../../terraform/plan-json.ts";
import { runIn } from "../support/repository.ts";
import { deletedTable, planOf } from "./synthetic-plan.ts";

const howTo = "Make it with: terraform show -json <plan file> > plan.json";

describe("what is no plan is refused with what it is, and what to do", () => {
  test.each([
    ["nothing", "", `p.json is empty. ${howTo}`],
    ["broken JSON", '{"format_version": "1.2", ', `p.json is not JSON. ${howTo}`],
    ["a saved plan", "PK\u0003\u0004\u0014", `p.json is a saved plan itself, not its JSON. ${howTo}`],
    [
      "the log of a plan",
      '{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info"}\n',
      `p.json is the log of terraform plan -json, not the JSON of a plan. ${howTo}`,
    ],
    [
      "what a plan prints",
      "Terraform will perform the following actions:\n",
      `p.json is what terraform plan prints for people, not the JSON of a plan. ${howTo}`,
    ],
    [
      "a state file",
      '{"version": 4, "lineage": "x"}',
      `p.json is a state file, not the JSON of a plan. ${howTo}`,
    ],
    [
      "a state as JSON",
      '{"format_version": "1.0", "values": {}}',
      `p.json is the JSON of a state, not of a plan. ${howTo}`,
    ],
    ["other JSON", '{"name": "x"}', `p.json is JSON, but not of a plan: it has no format_version. ${howTo}`],
    ["a list", "[]", `p.json is JSON, but not of a plan: it has no format_version. ${howTo}`],
    ["null", "null", `p.json is JSON, but not of a plan: it has no format_version. ${howTo}`],
    [
      "a newer format",
      '{"format_version": "2.0"}',
      /^p\.json has format_version 2\.0; this review understands up to 1\.x\./,
    ],
    ["a format that is no number", '{"format_version": "next"}', /^p\.json has format_version next;/],
    [
      "a plan that failed",
      '{"format_version": "1.2", "errored": true, "resource_changes": []}',
      /^p\.json is of a plan that failed part of the way/,
    ],
    [
      "an empty plan",
      '{"format_version":"1.2","planned_values":{"root_module":{}},"configuration":{"root_module":{}}}',
      /^p\.json is of an empty plan: there is no resource in it/,
    ],
    [
      "a plan with a part of another kind",
      '{"format_version": "1.2", "resource_changes": [{"address": 1}]}',
      /^p\.json is not the JSON of a plan: resource_changes\.0\.address: /,
    ],
  ])("%s", (_, text, message) => {
    expect(() => readPlanJson(text, "p.json")).toThrow(message);
  });
});

test("a later minor version, and what nobody has heard of in it, is read", () => {
  const later = { ...planOf(deletedTable("t")), format_version: "1.9", hereafter: { any: "thing" } };
  expect(readPlanJson(JSON.stringify(later), "p.json").resource_changes).toHaveLength(1);
});

describe("npm run review", () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "review-input-"));
    file = join(folder, "plan.json");
  });
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
  const tag = (value: string) => ({
    ...deletedTable("t"),
    change: { actions: ["update"], before: { name: "t", tags: {} }, after: { name: "t", tags: { value } } },
  });
  const ttl = {
    ...deletedTable("t"),
    change: {
      actions: ["update"],
      before: { name: "t", ttl: [{ enabled: false }] },
      after: { name: "t", ttl: [{ enabled: true, attribute_name: "x" }] },
    },
  };

  test.each([
    ["safe", 0, planOf(tag("x"))],
    ["care", 2, planOf(ttl)],
    ["blocked", 3, planOf(deletedTable("t"))],
  ])("%s is exit code %d", async (verdict, code, plan) => {
    const { exitCode, printed } = await review(plan, { format: "json" });
    expect(exitCode).toBe(code);
    expect(JSON.parse(printed)).toMatchObject({ version: 1, verdict });
  });

  test("--fail-on says from which verdict a pipeline stops", async () => {
    expect(await review(planOf(ttl), { failOn: "care" })).toMatchObject({ exitCode: 2 });
    expect(await review(planOf(ttl), { failOn: "blocked" })).toMatchObject({ exitCode: 0 });
    expect(await review(planOf(deletedTable("t")), { failOn: "blocked" })).toMatchObject({ exitCode: 3 });
  });

  test("the verdict is the first line, in text and in markdown", async () => {
    const plan = planOf(deletedTable("t"));
    expect((await review(plan)).printed).toMatch(/^Blocked: plan\.json: 1 blocking finding\n/);
    expect((await review(plan, { format: "markdown" })).printed).toMatch(/^## ⛔ Blocked: plan\.json: /);
  });

  test("as a command: its options count, and what it can't read is one line, without a stack", async () => {
    const run = (name: string, content: string, ...options: readonly string[]) => {
      writeFileSync(join(folder, name), content);
      return runIn(projectFolder, ["review", join(folder, name), ...options]);
    };
    const [care, blocked, unreadable] = await Promise.all([
      run("care.json", JSON.stringify(planOf(ttl)), "--fail-on", "blocked"),
      run("blocked.json", JSON.stringify(planOf(deletedTable("t"))), "--format", "json"),
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
