import { stringify } from "csv-stringify/sync";
import type { QueryResult, ResultColumn } from "./run-query.ts";

/** How rows can be printed. */
export type Format = "table" | "csv" | "json";

type Value = string | null;

/** The rows of a result: a table for people, or CSV or JSON for programs. */
export function formatRows(result: Pick<QueryResult, "columns" | "rows">, format: Format): string {
  if (format === "json") return JSON.stringify(asObjects(result), null, 2);
  return format === "csv" ? asCsv(result) : asTable(result);
}

const NUMBERS = new Set(["tinyint", "smallint", "integer", "bigint", "float", "double", "decimal"]);
const isNumber = ({ type }: ResultColumn) => NUMBERS.has(type);

const asObjects = ({ columns, rows }: Pick<QueryResult, "columns" | "rows">) =>
  rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column.name, jsonValue(column, row[index] ?? null)])),
  );

/** A number that JavaScript can't hold exactly stays text. */
function jsonValue(column: ResultColumn, value: Value): Value | number | boolean {
  if (value === null) return null;
  if (column.type === "boolean") return value === "true";
  return isNumber(column) && String(Number(value)) === value ? Number(value) : value;
}

function asCsv({ columns, rows }: Pick<QueryResult, "columns" | "rows">): string {
  const lines = rows.map((row) => columns.map((column, index) => csvValue(column, row[index] ?? null)));
  return stringify([columns.map(({ name }) => name), ...lines]).trimEnd();
}

/** What users wrote must not become a formula where a spreadsheet opens it: https://owasp.org/www-community/attacks/CSV_Injection */
const csvValue = (column: ResultColumn, value: Value): Value =>
  value !== null && !isNumber(column) && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;

const CELL_CHARACTERS = 60;
const NOTHING = "–";

function asTable({ columns, rows }: Pick<QueryResult, "columns" | "rows">): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => row.map(cell))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => charactersIn(line[index] ?? ""))));
  const aligned = lines.map((line) =>
    columns
      .map((column, index) => align(line[index] ?? "", widths[index] ?? 0, isNumber(column)))
      .join("  ")
      .trimEnd(),
  );
  const [header = "", ...rest] = aligned;
  return [header, widths.map((width) => "-".repeat(width)).join("  "), ...rest].join("\n");
}

/** Control characters, and those that turn the direction of a line. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu;

/** What users wrote must neither break a line nor control the terminal. */
function cell(value: Value): string {
  if (value === null) return NOTHING;
  const characters = charactersOf(value.replaceAll(CONTROLS, escaped));
  if (characters.length <= CELL_CHARACTERS) return characters.join("");
  return `${characters.slice(0, CELL_CHARACTERS - 1).join("")}…`;
}

const escaped = (character: string) =>
  character === "\n" ? "\\n" : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

const segmenter = new Intl.Segmenter("en");

/** The characters as a reader counts them: a flag or a family is one. */
const charactersOf = (text: string): string[] =>
  Array.from(segmenter.segment(text), ({ segment }) => segment);

const charactersIn = (text: string) => charactersOf(text).length;

function align(text: string, width: number, toRight: boolean): string {
  const padding = " ".repeat(width - charactersIn(text));
  return toRight ? `${padding}${text}` : `${text}${padding}`;
}
