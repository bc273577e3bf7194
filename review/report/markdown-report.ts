import { groupBy } from "../plan/group-by.ts";
import type { ChangedResource, Difference, Finding, ReviewDocument } from "./document.ts";
import {
  describeDifference,
  describeException,
  describeLevel,
  describeSummary,
  explainVerdict,
  SAME_MEANING,
  VERDICT_LABELS,
} from "./wording.ts";

/** The maximum length of a GitHub comment, in characters. */
export const COMMENT_LIMIT = 65_536;

/** The maximum length of a job's summary, in characters. GitHub's maximum is 1 MiB, and a character can take several bytes. */
export const SUMMARY_LIMIT = 500_000;

/** Room for the note on left-out sections, in characters. */
const NOTE_LENGTH = 300;

const SYMBOLS = { blocked: "⛔", care: "⚠️", safe: "✅" } as const;

/**
 * A review for a pull request's comment: verdict, findings, summary, diagram, differences. If it is too long, sections
 * are left out from the bottom, with a note; before that, findings are shortened, and counted at worst.
 *
 * @param limit in characters. Default: the maximum of a comment.
 */
export function markdownReport(document: ReviewDocument, limit = COMMENT_LIMIT): string {
  const head = heading(document);
  const room = limit - head.length - NOTE_LENGTH;
  const findings =
    joinIfFits(document.findings, formatFinding, room) ??
    joinIfFits(groupBy(document.findings, similarity).values(), formatGroup, room) ??
    formatCounts(document);
  return head + findings + joinUntilFull(sections(document), room - findings.length);
}

/** The formatted items, or undefined if they are too long together: then the rest isn't formatted. */
function joinIfFits<T>(items: Iterable<T>, format: (item: T) => string, room: number): string | undefined {
  let text = "";
  for (const item of items) {
    text += format(item);
    if (text.length > room) return undefined;
  }
  return text;
}

function heading(document: ReviewDocument): string {
  const { verdict, subject, protection, notes } = document;
  return [
    `## ${SYMBOLS[verdict]} ${VERDICT_LABELS[verdict]}: ${prose(subject)}: ${explainVerdict(document)}`,
    "",
    `Reviewed as ${protection.protected ? "protected" : "unprotected"}: ${prose(protection.because)}.`,
    ...notes.map((note) => `\n> ${prose(note)}`),
    "",
    "",
  ].join("\n");
}

function formatFinding(finding: Finding): string {
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

/** Equal for findings that differ only in the resource and in what happens to it. */
const similarity = (finding: Finding) =>
  JSON.stringify([describeLevel(finding), finding.rule, finding.why, finding.instead]);

/** One line for each finding; why it matters and what to do instead only once. */
function formatGroup(group: readonly Finding[]): string {
  const [first] = group;
  if (!first) return "";
  const lines = group.map(
    ({ address, what, exception }) =>
      `- ${code(address)}: ${prose(what)}${exception ? ` _${prose(describeException(exception))}_` : ""}`,
  );
  return `### ${describeLevel(first)}: ${first.rule} (${group.length})\n\n${lines.join("\n")}\n\nWhy: ${prose(first.why)} (${link(first.source)})\n\nInstead: ${prose(first.instead)}\n\n`;
}

/** The number of findings by rule, if not even one line each fits. */
function formatCounts({ findings }: ReviewDocument): string {
  const groups = groupBy(findings, (finding) => `${describeLevel(finding)}: ${finding.rule}`);
  const lines = [...groups].map(([name, group]) => `- ${name}: ${group.length}`);
  return `There are more findings than a comment can hold. This is their number by rule; all of them are in review.json.\n\n${lines.join("\n")}\n\n`;
}

/** The sections that may be left out. Each is formatted only when it is reached. */
function sections(document: ReviewDocument): readonly (() => string)[] {
  const { resources, outputs, picture, summary } = document;
  return [
    () => `### Resources\n\n${describeSummary(summary)}\n\n`,
    ...(picture === undefined ? [] : [() => fenced("mermaid", picture)]),
    ...resources.filter(({ action }) => action !== "read").map((one) => () => formatResource(one)),
    ...(outputs.length > 0 ? [() => `**outputs**\n\n${formatDifferences(outputs)}`] : []),
  ];
}

function formatResource({ action, address, path, previousAddress, differences }: ChangedResource): string {
  const before = previousAddress === undefined ? "" : `, moved from ${code(previousAddress)}`;
  const title = `**${action}** ${code(address)}${path === undefined ? "" : ` (${code(path)})`}${before}\n\n`;
  if (differences.length > 0) return title + formatDifferences(differences);
  return action === "update" ? `${title}${SAME_MEANING}\n\n` : title;
}

const formatDifferences = (differences: readonly Difference[]) =>
  fenced("diff", differences.map(describeDifference).join("\n"));

/** The first sections that fit, and a note if not all do. */
function joinUntilFull(parts: readonly (() => string)[], room: number): string {
  let text = "";
  for (const [index, part] of parts.entries()) {
    const next = part();
    if (text.length + next.length > room)
      return `${text}_Shortened to fit: the last ${parts.length - index} of ${parts.length} sections are left out. The full review is in review.txt, review.json and the job's summary._\n`;
    text += next;
  }
  return text;
}

/** Escapes text: no Markdown, no HTML, no mentions. */
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
