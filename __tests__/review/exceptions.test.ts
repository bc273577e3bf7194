import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { readExceptions, type ReviewException } from "../../review/exceptions.ts";
import { planFromJson } from "../../review/plan/plan.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { textReport } from "../../review/report/text-report.ts";
import { deletedTable, planOf } from "./synthetic-plan.ts";

const exception: ReviewException = {
  rule: "lost-table",
  address: "aws_dynamodb_table.old",
  reason: "Nobody reads it since May",
  approver: "the messaging team",
  expires: "2030-06-30",
};

const reviewed = (exceptions: readonly ReviewException[], day = "2030-06-30") =>
  reviewPlan(planFromJson([planOf(deletedTable("old"))]), {
    name: "dev",
    exceptions,
    now: new Date(`${day}T23:59:00Z`),
  });

describe("an exception", () => {
  test("accepts a finding to the end of its last day, and is shown with its reason and approver", async () => {
    const document = await reviewed([exception]);
    expect(document).toMatchObject({
      verdict: "care",
      findings: [{ level: "blocked", exception: { expires: "2030-06-30" } }],
    });
    expect(textReport(document)).toContain(
      "Exception until 2030-06-30, approved by the messaging team: Nobody reads it since May",
    );
  });

  test("is refused once expired, and the finding blocks", async () => {
    const document = await reviewed([exception], "2030-07-01");
    expect(document.verdict).toBe("blocked");
    expect(document.findings.map(({ rule, exception: given }) => [rule, given])).toEqual([
      ["lost-table", undefined],
      ["refused-exception", undefined],
    ]);
    expect(document.findings[1]?.what).toBe("The exception for lost-table expired on 2030-06-30.");
  });

  test.each([
    ["another rule", { ...exception, rule: "index-change" }],
    ["another address", { ...exception, address: "aws_dynamodb_table.older" }],
  ])("is refused when it matches nothing: %s", async (_, other) => {
    const document = await reviewed([other]);
    expect(document.verdict).toBe("blocked");
    expect(document.findings.map(({ what }) => what)).toContain(
      `The exception for ${other.rule} matches no finding.`,
    );
  });

  test("can't accept a finding about exceptions", async () => {
    const expired = { ...exception, expires: "2030-01-01" };
    const document = await reviewed([expired, { ...exception, rule: "refused-exception" }]);
    expect(document.verdict).toBe("blocked");
    expect(document.findings.filter(({ exception: given }) => given)).toEqual([]);
  });
});

describe("the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "exceptions-"));
  const file = join(folder, "review-exceptions.json");
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test("may be missing", () => {
    expect(readExceptions(join(folder, "none.json"))).toEqual([]);
  });

  test.each([
    ["no JSON", "{", /review-exceptions\.json can't be read: /],
    [
      "no approver",
      { ...exception, approver: "" },
      /exceptions\.0\.approver must be the name of the person or team who approved it/,
    ],
    ["no reason", { ...exception, reason: " " }, /exceptions\.0\.reason must be a reason/],
    ["no day", { ...exception, expires: "soon" }, /exceptions\.0\.expires must be a date like "2030-01-31"/],
    ["a day that isn't", { ...exception, expires: "2030-02-30" }, /exceptions\.0\.expires must be a date/],
  ])("with %s is refused", (_, content, message) => {
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify({ exceptions: [content] }));
    expect(() => readExceptions(file)).toThrow(message);
  });
});
