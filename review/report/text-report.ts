import { styleText } from "node:util";
import type { ChangedResource, Finding, ReviewDocument } from "./document.ts";
import {
  describeDifference,
  describeException,
  describeLevel,
  describeSummary,
  explainVerdict,
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

/** A review for a terminal or a log. */
export function textReport(document: ReviewDocument, { width = 100, colour = false }: Terminal = {}): string {
  const paint = (style: Style | undefined, text: string) =>
    colour && style ? styleText(style, text, { validateStream: false }) : text;
  const wrap = (text: string, indent: string, style?: Style) =>
    wrapLines(text, indent, Math.max(width, MINIMUM_WIDTH)).map((line) => paint(style, line));
  const { verdict, subject, protection, findings, resources, outputs, notes } = document;
  const heading = `${VERDICT_LABELS[verdict]}: ${subject}: ${explainVerdict(document)}`;

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
  const resource = ({ action, address, path, previousAddress, differences }: ChangedResource) => [
    ...(differences.length > 0 ? [""] : []),
    ...wrap(
      `${SIGNS[action]} ${action} ${address}${path === undefined ? "" : ` (${path})`}${previousAddress === undefined ? "" : `, moved from ${previousAddress}`}`,
      "",
      "bold",
    ),
    ...(action === "update" && differences.length === 0 ? [`    ${SAME_MEANING}`] : []),
    ...differences.flatMap((one) =>
      wrap(describeDifference(one), "    ", SIGN_COLOURS[SIGNS[one.kind]] ?? "reset"),
    ),
  ];

  return [
    ...wrap(heading, "", [COLOURS[verdict], "bold"]),
    ...wrap(`Reviewed as ${protection.protected ? "protected" : "unprotected"}: ${protection.because}.`, ""),
    ...notes.flatMap((note) => wrap(`Note: ${note}`, "")),
    ...findings.flatMap(finding),
    "",
    ...wrap(`Resources: ${describeSummary(document.summary)}`, ""),
    "",
    ...resources.filter(({ action }) => action !== "read").flatMap(resource),
    ...(outputs.length > 0
      ? ["", paint("bold", "outputs"), ...outputs.flatMap((one) => wrap(describeDifference(one), "    "))]
      : []),
    "",
  ].join("\n");
}

/** Wraps text into lines of at most that width, and breaks longer words. */
function wrapLines(text: string, indent: string, width: number): string[] {
  const room = width - indent.length;
  const parts = new RegExp(`.{1,${room}}`, "g");
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).flatMap((word) => word.match(parts) ?? [word])) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${indent}${one}`);
}
