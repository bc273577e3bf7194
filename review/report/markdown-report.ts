import type { ChangedResource, Finding, ReviewDocument } from "./document.ts";
import {
  describeDifference,
  describeException,
  describeLevel,
  SAME_MEANING,
  SIGNS,
  describeSummary,
  VERDICT_LABELS,
  explainVerdict,
} from "./wording.ts";

/** The most characters that GitHub takes in a comment. */
export const COMMENT_LIMIT = 65_536;

/** The most that GitHub takes in a job's summary, in bytes: 1 MiB. Kept well below, since letters can take more than one. */
export const SUMMARY_LIMIT = 500_000;

const SYMBOLS = { blocked: "⛔", care: "⚠️", safe: "✅" } as const;

/**
 * A review for a pull request's comment: verdict, findings, summary, picture, differences. What doesn't fit is left
 * out from the bottom, and that is said; findings are never left out, but told more briefly where they must be.
 *
 * @param limit most characters. Default: what a comment takes.
 */
export function markdownReport(document: ReviewDocument, limit = COMMENT_LIMIT): string {
  const head = heading(document);
  // The note on what was left out is itself at most this long.
  const room = limit - head.length - 300;
  const told =
    whole(document.findings, fullFinding, room) ??
    whole(alike(document.findings), briefFindings, room) ??
    countedFindings(document);
  return head + told + fitted(rest(document), room - told.length);
}

/** All of it, or undefined as soon as that is too long. */
function whole<T>(items: readonly T[], tell: (item: T) => string, room: number): string | undefined {
  let text = "";
  for (const item of items) {
    text += tell(item);
    if (text.length > room) return undefined;
  }
  return text;
}

function heading(document: ReviewDocument): string {
  const { verdict, subject, protection, notes } = document;
  return [
    `## ${SYMBOLS[verdict]} ${VERDICT_LABELS[verdict]}: ${prose(subject)}: ${explainVerdict(document)}`,
    "",
    `Judged as ${protection.protected ? "protected" : "unprotected"}: ${prose(protection.because)}.`,
    ...notes.map((note) => `\n> ${prose(note)}`),
    "",
    "",
  ].join("\n");
}

function fullFinding(finding: Finding): string {
  const { rule, address, path, what, why, instead, source, exception } = finding;
  return [
    `### ${describeLevel(finding)}: ${rule}`,
    "",
    `${path === undefined ? "" : `${code(path)}, `}${code(address)}`,
    "",
    `**${prose(what)}**`,
    "",
    ...(exception ? [`_${prose(describeException(exception))}_`, ""] : []),
    `Why: ${prose(why)} (${link(source)})`,
    "",
    `Instead: ${prose(instead)}`,
    "",
    "",
  ].join("\n");
}

/** Findings of one rule that differ in what happens where, and in nothing else. */
function alike(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([describeLevel(finding), finding.rule, finding.why, finding.instead]);
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()];
}

/** What happens where, one line each; why and what instead once for all that share them. */
function briefFindings(group: readonly Finding[]): string {
  const [first] = group;
  if (!first) return "";
  const lines = group.map(
    ({ address, what, exception }) =>
      `- ${code(address)}: ${prose(what)}${exception ? ` _${prose(describeException(exception))}_` : ""}`,
  );
  return `### ${describeLevel(first)}: ${first.rule} (${group.length})\n\n${lines.join("\n")}\n\nWhy: ${prose(first.why)} (${link(first.source)})\n\nInstead: ${prose(first.instead)}\n\n`;
}

/** Where not even one line each fits: how many of each rule. */
function countedFindings({ findings }: ReviewDocument): string {
  const counts = new Map<string, number>();
  for (const finding of findings) {
    const name = `${describeLevel(finding)}: ${finding.rule}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const lines = [...counts].map(([name, count]) => `- ${name}: ${count}`);
  return `More findings than a comment can hold, here by their number. Each of them is in review.json.\n\n${lines.join("\n")}\n\n`;
}

/** What may be left out, in the order in which it is told; each part is written when its turn comes. */
function rest(document: ReviewDocument): readonly (() => string)[] {
  const { resources, outputs, picture, summary } = document;
  const lines = outputs.map((one) => `${SIGNS[one.kind]} ${describeDifference(one)}`).join("\n");
  return [
    () => `### Resources\n\n${describeSummary(summary)}\n\n`,
    ...(picture === undefined ? [] : [() => fenced("mermaid", picture)]),
    ...resources.filter(({ action }) => action !== "read").map((one) => () => changed(one)),
    ...(outputs.length > 0 ? [() => `**outputs**\n\n${fenced("diff", lines)}`] : []),
  ];
}

function changed({ action, address, path, previousAddress, differences }: ChangedResource): string {
  const before = previousAddress === undefined ? "" : `, before ${code(previousAddress)}`;
  const title = `**${action}** ${code(address)}${path === undefined ? "" : ` (${code(path)})`}${before}\n\n`;
  const lines = differences.map((one) => `${SIGNS[one.kind]} ${describeDifference(one)}`);
  if (lines.length === 0 && action === "update") return `${title}${SAME_MEANING}\n\n`;
  return lines.length === 0 ? title : title + fenced("diff", lines.join("\n"));
}

/** As many of the parts as fit, from the first, and how many don't. */
function fitted(parts: readonly (() => string)[], room: number): string {
  let text = "";
  for (const [place, part] of parts.entries()) {
    const next = part();
    if (text.length + next.length > room)
      return `${text}_Left out, since it doesn't fit: the last ${parts.length - place} of ${parts.length} parts below the findings. The whole is in review.txt, review.json and the job's summary._\n`;
    text += next;
  }
  return text;
}

/** Text that stays text: no mark-up, no HTML, nobody called by name. */
const prose = (text: string) =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_[\]|~]/g, String.raw`\$&`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("@", "@\u200B");

const code = (text: string) => {
  const fence = "`".repeat(longestRun(text) + 1);
  const space = text.includes("`") ? " " : "";
  return `${fence}${space}${text.replaceAll(/\s+/g, " ")}${space}${fence}`;
};

function fenced(language: string, text: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}\n\n`;
}

const longestRun = (text: string) => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

const link = (source: string) => (source.startsWith("https:") ? `[source](${source})` : code(source));
