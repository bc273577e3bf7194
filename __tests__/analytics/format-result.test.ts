import { describe, expect, test } from "@jest/globals";
import { formatRows } from "../../analytics/format-result.ts";

const columns = [
  { name: "text", type: "varchar" },
  { name: "messages", type: "bigint" },
  { name: "is_new", type: "boolean" },
];
const rows = [
  ['a "quote", and\na line', "12", "true"],
  ["=1+1", "-3", "false"],
  [null, "9007199254740993", null],
];
const result = { columns, rows };

describe("the rows of a query are printed", () => {
  test("as a table: aligned, numbers to the right, nothing as a dash", () => {
    expect(formatRows(result, "table")).toBe(
      [
        "text                            messages  is_new",
        "----------------------  ----------------  ------",
        'a "quote", and\\na line                12  true',
        "=1+1                                  -3  false",
        "–                       9007199254740993  –",
      ].join("\n"),
    );
  });

  test("as a table that no text can break or colour, and that isn't wider for a long text", () => {
    const evil = "\u001B[31mred\u0007 \u202Ereversed\u2028line";
    const [, , first, second, third] = formatRows(
      { columns: [{ name: "text", type: "varchar" }], rows: [[evil], ["x".repeat(100)], ["👨‍👩‍👧".repeat(70)]] },
      "table",
    ).split("\n");

    expect(first).toBe("\\u{1b}[31mred\\u{7} \\u{202e}reversed\\u{2028}line");
    expect(second).toBe(`${"x".repeat(59)}…`);
    expect(third).toBe(`${"👨‍👩‍👧".repeat(59)}…`);
  });

  test("as CSV, in which no text is a formula", () => {
    expect(formatRows(result, "csv")).toBe(
      `text,messages,is_new\n"a ""quote"", and\na line",12,true\n'=1+1,-3,false\n,9007199254740993,`,
    );
  });

  test("as JSON, with numbers that keep their value", () => {
    expect(JSON.parse(formatRows(result, "json"))).toEqual([
      { text: 'a "quote", and\na line', messages: 12, is_new: true },
      { text: "=1+1", messages: -3, is_new: false },
      { text: null, messages: "9007199254740993", is_new: null },
    ]);
  });

  test("where there are none", () => {
    expect(formatRows({ columns, rows: [] }, "table")).toBe("text  messages  is_new\n----  --------  ------");
    expect(formatRows({ columns, rows: [] }, "csv")).toBe("text,messages,is_new");
    expect(formatRows({ columns, rows: [] }, "json")).toBe("[]");
  });
});
