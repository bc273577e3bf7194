import { describe, expect, test } from "@jest/globals";
import { planFromJson } from "../../review/plan/plan.ts";
import type { ReviewDocument } from "../../review/report/document.ts";
import { COMMENT_LIMIT, markdownReport } from "../../review/report/markdown-report.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { changeOf, deletedTable, planOf } from "./synthetic-plan.ts";

type Change = ReturnType<typeof changeOf>;

const reviewed = (...changes: readonly Change[]) =>
  reviewPlan(planFromJson([planOf(...changes)]), { name: "dev", now: new Date("2030-01-31T12:00:00Z") });

const times = (count: number, make: (number: number) => Change) =>
  Array.from({ length: count }, (_, number) => make(number));

const lostTable = (number: number) => deletedTable(`lost-${number}`);
const lessCapacity = (number: number) =>
  changeOf(
    "aws_dynamodb_table",
    `c${number}`,
    "update",
    { name: `c${number}`, read_capacity: 5 + (number % 90) },
    { name: `c${number}`, read_capacity: 1 },
  );
const timeToLive = changeOf(
  "aws_dynamodb_table",
  "sessions",
  "update",
  { name: "sessions" },
  { name: "sessions", ttl: [{ enabled: true, attribute_name: "expires" }] },
);
const safe = (number: number) =>
  changeOf("aws_ssm_parameter", `p${number}`, "update", { type: "a".repeat(200) }, { type: "b".repeat(200) });

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

describe("findings", () => {
  test("that block come first and whole, however many others there are", async () => {
    const text = markdownReport(await reviewed(...times(900, lessCapacity), deletedTable("customers")));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text).toMatch(
      /### Blocked: lost-table\n\n`aws_dynamodb_table\.customers`\n\n\*\*Table customers is deleted[^]*Why: [^]*Instead: [^]*### Needs care: capacity-change/,
    );
    const shown = count(text, /^- `aws_dynamodb_table\.c\d+`/gm);
    expect(text).toContain(
      `_and ${900 - shown} more findings to check: ${900 - shown} capacity-change. All are in `,
    );
  });

  test("that block get a line each, with the reason once, if they are too long otherwise", async () => {
    const changes = times(250, (number) =>
      Object.assign(deletedTable(`lost-${number}`), {
        change: {
          actions: ["delete", "create"],
          before: { name: `lost-${number}` },
          after: { name: `lost-${number}` },
          replace_paths: [[`key_${number}`]],
        },
      }),
    );
    const text = markdownReport(await reviewed(...changes, ...times(50, lessCapacity)));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(count(text, /^- `aws_dynamodb_table\.lost-\d+`: Table lost-\d+ is replaced/gm)).toBe(250);
    expect(count(text, /The items of a deleted table are gone/g)).toBe(1);
    expect(text.indexOf("Blocked: lost-table")).toBeLessThan(text.indexOf("Needs care: capacity-change"));
  });

  test("that block are named as far as they fit, and counted beyond, before anything else", async () => {
    const text = markdownReport(await reviewed(...times(3_000, lostTable), timeToLive));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    const named = count(text, /^- `aws_dynamodb_table\.lost-\d+`$/gm);
    expect(named).toBeGreaterThan(1_500);
    expect(text).toContain(`_and ${3_000 - named} more blocking findings: ${3_000 - named} lost-table. `);
    expect(text).toContain("_and 1 more finding to check: 1 time-to-live. ");
  });

  test("of a rare kind are shown beside thousands of another", async () => {
    const text = markdownReport(await reviewed(...times(3_000, lessCapacity), timeToLive));
    expect(text).toMatch(
      /### Needs care: time-to-live[^]*^- `aws_dynamodb_table\.sessions`: [^]*### Needs care: capacity/m,
    );
  });

  test("that are similar share their reason, and a long list of them is folded unless it blocks", async () => {
    const text = markdownReport(await reviewed(...times(40, lessCapacity), ...times(40, lostTable)));
    expect(text).toContain("<details><summary>30 more</summary>\n\n- `aws_dynamodb_table.c10`");
    expect(count(text, /Requests above the capacity are throttled/g)).toBe(1);
    const blocked = text.slice(text.indexOf("### Blocked"), text.indexOf("### Needs care"));
    expect(blocked).not.toContain("<details>");
  });

  test("about what no rule covers are summed up at the top by type", async () => {
    const thing = (action: string) => (number: number) =>
      changeOf("aws_glue_job", `${action}${number}`, action, { role: "a" }, { role: "b" });
    const document = await reviewed(...times(40, thing("update")), ...times(2, thing("create")));
    const findings = document.resources.map(({ address }) => ({
      rule: "uncovered",
      level: "care" as const,
      address,
      what: "No rule covers aws_glue_job (updated: role).",
      why: "What no rule knows may be harmful.",
      instead: "Read its differences.",
      source: "docs/review.md#rules",
    }));
    const text = markdownReport({ ...document, findings });
    expect(text.slice(0, text.indexOf("###"))).toContain(
      String.raw`No rule covers aws\_glue\_job \(2 created, 40 updated in place\).`,
    );
    expect(count(text.replaceAll(/<details>[^]*?<\/details>/g, ""), /^- `aws_glue_job/gm)).toBe(10);
  });
});

describe("at the top", () => {
  test("are Terraform's counts, the time, the commit, and what is destroyed by name", async () => {
    const bucket = changeOf("aws_s3_bucket", "logs", "delete", { bucket: "our-logs" }, null);
    const text = markdownReport({
      ...(await reviewed(bucket, ...times(2, safe))),
      commit: "c0ffee".repeat(6),
    });
    const [top = ""] = text.split("###");
    expect(top).toContain(
      "**Plan: 0 to add, 2 to change, 1 to destroy.** Planned on 2030-01-31 at 12:00 UTC, of commit `c0ffeec0ffee`.",
    );
    expect(top).toContain("- aws\\_s3\\_bucket `our-logs` (`aws_s3_bucket.logs`)\n");
  });

  test("at most twenty of what is destroyed are named, and the others counted", async () => {
    const [top = ""] = markdownReport(await reviewed(...times(50, lostTable))).split("###");
    expect(count(top, /^- aws/gm)).toBe(20);
    expect(top).toContain("\n- and 30 more\n");
  });
});

test("an everyday review is short", async () => {
  const text = markdownReport(
    await reviewed(
      changeOf("aws_lambda_function", "f", "update", { memory_size: 256 }, { memory_size: 512 }),
      changeOf(
        "aws_cloudwatch_log_group",
        "g",
        "update",
        { retention_in_days: 14 },
        { retention_in_days: 30 },
      ),
    ),
  );
  expect(text.replaceAll(/<details>[^]*?<\/details>/g, "").length).toBeLessThan(600);
});

test("where it is too long is said with the run's page, in GitHub Actions, or the files of the review", async () => {
  const document = await reviewed(...times(400, safe));
  expect(markdownReport(document)).toMatch(
    /_The differences of \d+ more are left out to fit\. All are in `review\.json` and `review\.txt`\._\n$/,
  );
  expect(markdownReport(document, { run: "https://github.com/o/n/actions/runs/1" })).toMatch(
    /All are in the log of \[the run\]\(https:\/\/github\.com\/o\/n\/actions\/runs\/1\)\._\n$/,
  );
});

test("wherever it is cut, it keeps to its limit, and closes what it opens", async () => {
  const odd = "`".repeat(50) + "@#$<".repeat(400) + "\u200b".repeat(300);
  const documents: ReviewDocument[] = await Promise.all([
    reviewed(...times(200, lessCapacity), ...times(200, safe), ...times(20, lostTable)),
    reviewed(...times(40, (number) => deletedTable(`${odd}${number}`)), ...times(40, lessCapacity)),
    reviewed(
      ...times(60, (number) => changeOf(`aws_${odd}`, `${odd}${number}`, "create", null, { name: odd })),
    ),
  ]);
  for (const document of documents)
    for (let limit = 30_000; limit < COMMENT_LIMIT; limit += 5_678) {
      const text = markdownReport({ ...document, notes: [odd.repeat(20)], subject: odd }, { limit });
      expect(text.length).toBeLessThanOrEqual(limit);
      const code = /^(`{3,})[^]*?^\1$/gm;
      const outside = text.replaceAll(code, "");
      expect(count(outside, /^<details>/gm)).toBe(count(outside, /^<\/details>$/gm));
      expect(outside).not.toMatch(/^`{3}/m);
    }
});
