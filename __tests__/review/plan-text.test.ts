import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { planFromJson } from "../../review/plan/plan.ts";
import { code, fenced, folded, html, prose, visible } from "../../review/report/escape.ts";
import { jsonReport } from "../../review/report/json-report.ts";
import { markdownReport } from "../../review/report/markdown-report.ts";
import { textReport } from "../../review/report/text-report.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { changeOf, planOf } from "./synthetic-plan.ts";

/** What a plan may contain, and what GitHub or a terminal would make something of. */
const ACTING = {
  "a mention": ["@octocat", /@(?=\w)/],
  "an issue": ["#1", /#\d/],
  "another repository's issue": ["org/repo#2", /#\d/],
  "an issue by GH": ["GH-3", /\bgh-\d/i],
  "a vulnerability": ["CVE-2030-1234", /CVE-\d/],
  "a commit": ["0afb9ce6d8c1f3a4b5c6d7e8f90a1b2c3d4e5f60", /\b[\da-f]{7,}\b/],
  "a short commit": ["0afb9ce", /\b[\da-f]{7,}\b/],
  "an address": ["https://evil.example/x?y=1", /:\/\//],
  "an address without a scheme": ["www.evil.example", /\bwww\./],
  "an e-mail address": ["mail@evil.example", /@(?=\w)/],
  "an emoji": [":heart_eyes:", /:[\w+-]+:/],
  "a formula": ["$x^2$", /\$.+\$/],
  "a formula in a code span": ["$`x`$", /\$`/],
  HTML: ["<img src=x onerror=alert(1)>", /<img/],
  "the end of a fold": ["</details></summary>", /<\//],
  emphasis: ["**bold** _it_ ~~no~~", /(?<!\\)[*_~]/],
  "a link": ["[x](javascript:y) ![x](y)", /(?<!\\)[[\]]/],
  "a heading": ["\n# heading", /\n/],
  "a table": ["\n| a | b |\n|---|---|", /\n|(?<!\\)\|/],
  "a fence": ["\n```\n# out\n", /\n|(?<!\\)`/],
} as const;

/** Invisible and controlling characters, and how they are shown. */
const CONTROLS = {
  "\u001b[31m": String.raw`\u001b[31m`,
  "\u001b]8;;http:x\u0007": String.raw`\u001b]8;;http:x\u0007`,
  "\u009b31m": String.raw`\u009b31m`,
  "\u202eesrever\u202c": String.raw`\u202eesrever\u202c`,
  "\u2066a\u2069": String.raw`\u2066a\u2069`,
  "a\u200bb\u200d\ufeffc": String.raw`a\u200bb\u200d\ufeffc`,
  "tag\u{e0041}": String.raw`tag\u{e0041}`,
  "\b\u007f\0": String.raw`\u0008\u007f\u0000`,
};

/** As GitHub sees it: what looks for references reads the text between two tags at a time. */
const betweenTags = (markdown: string) => markdown.split(/<\/?span>/);
const unescaped = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/\\([^\dA-Za-z\s])/g, "$1");
const readBack = (markdown: string) => unescaped(markdown.replaceAll(/<\/?span>/g, ""));

describe.each(Object.entries(ACTING))("%s", (_, [text, acts]) => {
  const inside = `before ${text} after`;

  test("does nothing in Markdown and in a summary, and reads as it is", () => {
    expect(inside).toMatch(acts);
    for (const part of betweenTags(prose(inside))) expect(part).not.toMatch(acts);
    for (const part of betweenTags(html(inside)))
      expect(part).not.toMatch(/@\w|#\d|:\/\/|www\.|\$.|<|\n|:\w+:/);
    expect(readBack(prose(inside))).toBe(inside.replaceAll("\n", " "));
    expect(readBack(folded(inside, ""))).toContain(`<summary>${inside.replaceAll("\n", " ")}</summary>`);
  });

  test("stays within a code span, a block of code and a diagram", async () => {
    expect(code(text)).toMatch(/^(`+)(?!`)[^]*(?<!`)\1$/);
    expect(code(text)).not.toContain("\n");
    const [first, ...rest] = fenced("diff", [inside]).trimEnd().split("\n");
    expect([first?.replace(/diff$/, ""), rest.length]).toEqual([rest.at(-1), 2]);
    const { picture } = await reviewPlan(
      planFromJson([
        planOf(changeOf("aws_sqs_queue", "q", "update", { name: text, a: 1 }, { name: text, a: 2 })),
      ]),
      { name: "dev" },
    );
    expect(picture?.split("\n")[1]).toMatch(/^n0\["queue [\w .:/-]*<br\/>update"\]:::changed$/);
  });
});

describe.each(Object.entries(CONTROLS))("the control %j", (text, shown) => {
  test("is shown as an escape, and all after it", () => {
    const inside = `before ${text} after`;
    const expected = `before ${shown} after`;
    expect(visible(inside)).toBe(expected);
    expect(unescaped(prose(inside))).toBe(unescaped(expected));
    expect(html(inside)).toBe(expected);
    expect(code(inside)).toBe(`\`${expected}\``);
    expect(fenced("diff", [inside])).toContain(`\n${expected}\n`);
  });

  test("reaches no terminal, no comment and no JSON", async () => {
    const table = { name: text, ttl: [{ enabled: false }], [text]: text };
    const change = changeOf("aws_dynamodb_table", `t["${text}"]`, "update", table, {
      ...table,
      [text]: `${text} after`,
      ttl: [{ enabled: true, attribute_name: text }],
    });
    const document = await reviewPlan(planFromJson([planOf(change)]), { name: text, notes: [text] });
    const forms = [textReport(document), stripVTControlCharacters(textReport(document, { colour: true }))];
    expect(JSON.parse(jsonReport(document))).toEqual(document);
    for (const form of [...forms, markdownReport(document), jsonReport(document)]) {
      expect(form.replaceAll("\n", "")).not.toMatch(/(?!\ufe0f)[\p{Cc}\p{Cf}]/u);
      expect(form).toContain(shown.slice(0, 5));
    }
  });
});

test("no line of a log is a command to GitHub Actions", async () => {
  const name = ":: ::error file=x::y ::add-mask::z ##[error]w";
  const text = textReport(
    await reviewPlan(planFromJson([planOf(changeOf("aws_thing", "t", "update", { a: 1 }, { a: 2 }))]), {
      name: "dev",
      notes: [`${"x".repeat(93)} ${name}`, name],
    }),
  );
  expect(text).not.toMatch(/^\s*::|##\[/m);
  expect(text).toContain("\n: : ::error");
});
