import { styleText } from "node:util";
import type { ChangedResource, Finding, ReviewDocument } from "./document.ts";
import { logLine, visible } from "./escape.ts";
import {
  describeCounts,
  describeDifferences,
  describeException,
  describeLevel,
  describePlanned,
  describeSummary,
  describeUncovered,
  explainVerdict,
  listFirst,
  SAME_MEANING,
  SIGNS,
  VERDICT_LABELS,
} from "./wording.ts";

/** The properties of the terminal. */
export interface Terminal {
  /** Columns. Default: 100. */
  readonly width?: number | undefined;
  /** Default: false. */
  readonly colour?: boolean;
}

type Style = Parameters<typeof styleText>[0];

const COLOURS = { blocked: "red", care: "yellow", safe: "green" } as const;
const SIGN_COLOURS: Readonly<Record<string, Style>> = { "+": "green", "-": "red", "!": "yellow" };

const MINIMUM_WIDTH = 40;

/** A review for a terminal or a log: all of it, whatever its length. */
export function textReport(document: ReviewDocument, { width = 100, colour = false }: Terminal = {}): string {
  const paint = (style: Style | undefined, text: string) =>
    colour && style ? styleText(style, text, { validateStream: false }) : text;
  const wrap = (text: string, indent: string, style?: Style) =>
    wrapLines(text, indent, Math.max(width, MINIMUM_WIDTH)).map((line) => paint(style, line));
  const { verdict, subject, protection, findings, resources, destroyed, outputs, notes } = document;
  const uncovered = describeUncovered(document);
  const heading = `${VERDICT_LABELS[verdict]}: ${subject}: ${explainVerdict(document)}`;

  const difference = (line: string) => wrap(line, "    ", SIGN_COLOURS[line.charAt(0)] ?? "reset");
  const finding = (one: Finding) => [
    "",
    paint([one.exception ? "dim" : COLOURS[one.level], "bold"], `${describeLevel(one)}: ${one.rule}`),
    ...wrap(one.path === undefined ? one.address : `${one.path} (${one.address})`, "  "),
    ...wrap(one.what, "  ", "bold"),
    ...wrap(`Why: ${one.why}`, "  "),
    ...wrap(`Instead: ${one.instead}`, "  "),
    ...(one.exception ? wrap(describeException(one.exception), "  ", "cyan") : []),
    paint("dim", `  ${one.source}`),
  ];
  const resource = (one: ChangedResource) => [
    ...(one.differences.length > 0 ? [""] : []),
    ...wrap(titleOf(one), "", "bold"),
    ...(one.action === "update" && one.differences.length === 0 ? [`    ${SAME_MEANING}`] : []),
    ...describeDifferences(one.differences).flatMap(difference),
  ];

  return [
    ...wrap(heading, "", [COLOURS[verdict], "bold"]),
    ...wrap(`${document.changes ? `${describeCounts(document)} ` : ""}${describePlanned(document)}`, ""),
    ...(destroyed.length > 0 ? wrap(`Destroyed: ${listFirst(destroyed.map(describeDestroyed))}`, "") : []),
    ...(uncovered === undefined ? [] : wrap(uncovered, "")),
    ...wrap(`Reviewed as ${protection.protected ? "protected" : "unprotected"}: ${protection.because}.`, ""),
    ...notes.flatMap((note) => wrap(`Note: ${note}`, "")),
    ...findings.flatMap(finding),
    "",
    ...wrap(`Resources: ${describeSummary(document.summary)}`, ""),
    "",
    ...resources.filter(({ action }) => action !== "read").flatMap(resource),
    ...(outputs.length > 0
      ? ["", paint("bold", "outputs"), ...describeDifferences(outputs).flatMap(difference)]
      : []),
    "",
  ].join("\n");
}

const describeDestroyed = ({ type, name, address }: ReviewDocument["destroyed"][number]) =>
  name === undefined ? address : `${type} ${name} (${address})`;

const titleOf = ({ action, address, path, previousAddress, forcedBy }: ChangedResource) =>
  [
    `${SIGNS[action]} ${action} ${address}`,
    path === undefined ? "" : ` (${path})`,
    previousAddress === undefined ? "" : `, moved from ${previousAddress}`,
    forcedBy === undefined ? "" : `, forced by ${forcedBy.join(", ")}`,
  ].join("");

/** Wraps text into lines of at most that width, and breaks longer words. */
function wrapLines(text: string, indent: string, width: number): string[] {
  const room = width - indent.length;
  const parts = new RegExp(`.{1,${room}}`, "gu");
  const lines: string[] = [];
  let line = "";
  for (const word of visible(text)
    .split(/\s+/)
    .flatMap((word) => word.match(parts) ?? [word])) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => logLine(`${indent}${one}`));
}
