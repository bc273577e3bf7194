import { groupBy } from "../plan/group-by.ts";
import type { Finding } from "./document.ts";
import { code, folded, formatWithin, prose } from "./escape.ts";
import { describeException, describeLeftOut, describeLevel } from "./wording.ts";

/** Findings as far as they fit. */
interface Fitted {
  readonly text: string;
  readonly leftOut: readonly Finding[];
}

/**
 * The findings, the blocking ones first and as long as can be: whole; else with one line each; else as many of their
 * names as fit. The others get the room that is left: whole; else with a line for as many as fit. What is left out is
 * counted by rule.
 *
 * @param room in characters, at least 10,000.
 * @param whole where all findings are, in Markdown.
 */
export function formatFindings(findings: readonly Finding[], room: number, whole: string): string {
  const isBlocking = ({ level, exception }: Finding) => level === "blocked" && exception === undefined;
  const blocking = findings.filter(isBlocking);
  const others = findings.filter((finding) => !isBlocking(finding));
  const note = (leftOut: readonly Finding[], level: Finding["level"]) =>
    leftOut.length === 0 ? "" : `_${prose(describeLeftOut(leftOut, level))}. All are in ${whole}._\n\n`;
  const noteOnOthers = note(others, "care").length;

  const first = fitBlocking(blocking, room - note(blocking, "blocked").length - noteOnOthers);
  const top = first.text + note(first.leftOut, "blocked");
  const second =
    first.leftOut.length > 0
      ? { text: "", leftOut: others }
      : fitOthers(others, room - top.length, noteOnOthers);
  return top + second.text + note(second.leftOut, "care");
}

const fitOthers = (findings: readonly Finding[], room: number, noteLength: number): Fitted =>
  fitWhole(findings, room) ?? fitLines(findings, room - noteLength, formatLine);

function fitBlocking(findings: readonly Finding[], room: number): Fitted {
  const whole = fitWhole(findings, room);
  if (whole) return whole;
  const lines = fitLines(findings, room, formatLine);
  return lines.leftOut.length === 0 ? lines : fitLines(findings, room, formatName);
}

/** All findings with all that is said of them, or undefined if that is too long: then the rest isn't formatted. */
function fitWhole(findings: readonly Finding[], room: number): Fitted | undefined {
  let text = "";
  for (const group of groupBy(findings, similarity).values()) {
    text += group.length === 1 ? group.map(formatFinding).join("") : formatGroup(group);
    if (text.length > room) return undefined;
  }
  return { text, leftOut: [] };
}

/** Equal for findings that differ only in the resource and in what happens to it. */
const similarity = (finding: Finding) =>
  JSON.stringify([describeLevel(finding), finding.rule, finding.why, finding.instead]);

function formatFinding(finding: Finding): string {
  const { rule, what, exception } = finding;
  return [
    `### ${describeLevel(finding)}: ${rule}`,
    addressOf(finding),
    `**${prose(what)}**`,
    ...(exception ? [`_${prose(describeException(exception))}_`] : []),
    explain(finding),
  ].join("\n\n");
}

const addressOf = ({ path, address }: Finding) =>
  path === undefined ? code(address) : `${code(path)}, ${code(address)}`;

const explain = ({ why, instead, source }: Finding) =>
  `Why: ${prose(why)} (${link(source)})\n\nInstead: ${prose(instead)}\n\n`;

const link = (source: string) => (source.startsWith("https:") ? `[source](${source})` : code(source));

/** Similar findings: a line for each, and what is the same in all of them once. */
function formatGroup(group: readonly Finding[]): string {
  const [first] = group;
  if (!first) return "";
  const lines = group.map(
    (one) =>
      `- ${addressOf(one)}: ${prose(one.what)}${one.exception ? ` _${prose(describeException(one.exception))}_` : ""}\n`,
  );
  const explanation = explain(first);
  return [
    `### ${titleOf(first)} (${group.length})\n\n`,
    formatList(first, lines),
    first.level === "blocked" ? explanation : folded("Why, and what to do instead", explanation),
  ].join("");
}

const titleOf = (finding: Finding) => `${describeLevel(finding)}: ${finding.rule}`;

/** How many lines of a list are shown before the rest is folded, where nothing is blocked. */
const UNFOLDED_LINES = 10;

function formatList({ level }: Finding, lines: readonly string[]): string {
  if (level === "blocked" || lines.length <= UNFOLDED_LINES + 1) return `${lines.join("")}\n`;
  const rest = lines.slice(UNFOLDED_LINES);
  return `${lines.slice(0, UNFOLDED_LINES).join("")}\n${folded(`${rest.length} more`, rest.join(""))}`;
}

/** In characters, of a line that has to leave room for others. */
const ADDRESS_LENGTH = 300;
const SENTENCE_LENGTH = 500;

const formatName = ({ address }: Finding) => `- ${formatWithin(address, code, ADDRESS_LENGTH)}\n`;

const formatLine = ({ address, what }: Finding) =>
  `- ${formatWithin(address, code, ADDRESS_LENGTH)}: ${formatWithin(what, prose, SENTENCE_LENGTH)}\n`;

/** Room for what a folded list needs besides its lines, in characters. */
const FOLD_LENGTH = 100;

/** A line for as many findings as fit, by rule, with the reason of each rule once. The rarest come first. */
function fitLines(findings: readonly Finding[], room: number, format: (finding: Finding) => string): Fitted {
  const groups = [...groupBy(findings, titleOf)].sort(([, one], [, other]) => one.length - other.length);
  let text = "";
  const leftOut: Finding[] = [];
  for (const [index, [title, group]] of groups.entries()) {
    const [first] = group;
    if (!first) continue;
    const head = `### ${title} (${group.length})\n\n${formatWithin(first.why, prose, SENTENCE_LENGTH)} (${link(first.source)})\n\n`;
    const share = (room - text.length) / (groups.length - index) - head.length - FOLD_LENGTH;
    const lines = linesWithin(group, format, share);
    leftOut.push(...group.slice(lines.length));
    if (lines.length > 0) text += head + formatList(first, lines);
  }
  return { text, leftOut };
}

function linesWithin(
  group: readonly Finding[],
  format: (finding: Finding) => string,
  room: number,
): string[] {
  const lines: string[] = [];
  let length = 0;
  for (const finding of group) {
    const line = format(finding);
    length += line.length;
    if (length > room) break;
    lines.push(line);
  }
  return lines;
}
