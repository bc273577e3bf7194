import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { readExceptions, type ReviewException } from "../../review/exceptions.ts";
import { plannedChanges } from "../../review/plan/plan.ts";
import { review } from "../../review/review.ts";
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
  review(plannedChanges([planOf(deletedTable("old"))]), {
    subject: "dev",
    protection: { protected: false, because: "so it is" },
    requiresPreventDestroy: false,
    stateBuckets: [],
    refused: [],
    exceptions,
    now: new Date(`${day}T23:59:00Z`),
  });

describe("an exception", () => {
  test("lets a finding through for its last day too, and is shown with its reason and approver", async () => {
    const document = await reviewed([exception]);
    expect(document).toMatchObject({
      verdict: "care",
      findings: [{ level: "blocked", exception: { expires: "2030-06-30" } }],
    });
    expect(textReport(document)).toContain(
      "Excepted until 2030-06-30 by the messaging team: Nobody reads it since May",
    );
  });

  test("is refused once expired, and the finding stands", async () => {
    const document = await reviewed([exception], "2030-07-01");
    expect(document.verdict).toBe("blocked");
    expect(document.findings.map(({ rule, exception: given }) => [rule, given])).toEqual([
      ["lost-table", undefined],
      ["refused-exception", undefined],
    ]);
    expect(document.findings[1]?.what).toBe("The exception from lost-table expired on 2030-06-30.");
  });

  test.each([
    ["another rule", { ...exception, rule: "index-change" }],
    ["another address", { ...exception, address: "aws_dynamodb_table.older" }],
  ])("is refused when it matches nothing: %s", async (_, other) => {
    const document = await reviewed([other]);
    expect(document.verdict).toBe("blocked");
    expect(document.findings.map(({ what }) => what)).toContain(
      `The exception from ${other.rule} matches no finding.`,
    );
  });

  test("from the rule on exceptions there is none", async () => {
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
      /exceptions\.0\.approver must be the name of who answers for it/,
    ],
    ["no reason", { ...exception, reason: " " }, /exceptions\.0\.reason must be a reason/],
    ["no day", { ...exception, expires: "soon" }, /exceptions\.0\.expires must be a day like "2030-01-31"/],
    ["a day that isn't", { ...exception, expires: "2030-02-30" }, /exceptions\.0\.expires must be a day/],
  ])("with %s is refused", (_, content, message) => {
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify({ exceptions: [content] }));
    expect(() => readExceptions(file)).toThrow(message);
  });
});
