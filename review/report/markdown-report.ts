import type { ChangedResource, Difference, ReviewDocument } from "./document.ts";
import { code, fenced, folded, formatWithin, prose } from "./escape.ts";
import { formatFindings } from "./findings-markdown.ts";
import {
  bySeverity,
  describeCounts,
  describeDifferences,
  describePlanned,
  describeSummary,
  describeUncovered,
  explainVerdict,
  MAXIMUM_NAMED,
  SAME_MEANING,
  VERDICT_LABELS,
} from "./wording.ts";

/** The maximum length of a GitHub comment, in characters. */
export const COMMENT_LIMIT = 65_536;

/** The maximum length of a job's summary, in characters: GitHub's is 1 MiB, and a character takes up to three bytes. */
export const SUMMARY_LIMIT = 349_000;

/** The properties of a Markdown report. */
export interface MarkdownOptions {
  /** In characters, at least 30,000. Default: the maximum of a comment. */
  readonly limit?: number;
  /** The page of the run whose log has the whole review. Default: none; then it is in the files of the review. */
  readonly run?: string | undefined;
}

const SYMBOLS = { blocked: "⛔", care: "⚠️", safe: "✅" } as const;

/** Room for the note on what is left out, in characters. */
const NOTE_LENGTH = 500;

/**
 * A review for a pull request's comment: verdict, what is destroyed, findings, diagram, differences. If it is too long,
 * the end is left out, and what is left out is counted; blocking findings are the last to be shortened.
 */
export function markdownReport(
  document: ReviewDocument,
  { limit = COMMENT_LIMIT, run }: MarkdownOptions = {},
): string {
  const whole = run === undefined ? "`review.json` and `review.txt`" : `the log of [the run](${run})`;
  const head = heading(document);
  const room = limit - head.length - NOTE_LENGTH;
  const findings = formatFindings(document.findings, room, whole);
  return head + findings + formatChanges(document, room - findings.length, whole);
}

/** In characters, of each part of the heading. */
const PART_LENGTH = 2_000;

function heading(document: ReviewDocument): string {
  const { verdict, subject, protection, notes, changes } = document;
  const counts = changes ? `**${describeCounts(document)}** ` : "";
  const uncovered = describeUncovered(document);
  const title = `${VERDICT_LABELS[verdict]}: ${formatWithin(subject, prose, 200)}: ${explainVerdict(document)}`;
  return [
    `## ${SYMBOLS[verdict]} ${title}`,
    `${counts}${describePlanned(document, code)}`,
    ...formatDestroyed(document),
    ...(uncovered === undefined ? [] : [formatWithin(uncovered, prose, PART_LENGTH)]),
    `Reviewed as ${protection.protected ? "protected" : "unprotected"}: ${prose(protection.because)}.`,
    ...notes.map((note) => `> ${formatWithin(note, prose, PART_LENGTH)}`),
    "",
  ].join("\n\n");
}

/** What is destroyed, by name: the first of it, and the number of the others. */
function formatDestroyed({ destroyed }: ReviewDocument): string[] {
  if (destroyed.length === 0) return [];
  const lines = destroyed
    .slice(0, MAXIMUM_NAMED)
    .map(
      ({ type, name, address }) =>
        `- ${prose(type)}${name === undefined ? "" : ` ${formatWithin(name, code, 150)}`} (${formatWithin(address, code, 300)})`,
    );
  const more = destroyed.length - lines.length;
  return [`Destroyed:\n\n${[...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n")}`];
}

/** A longer list of changes is folded, in characters. */
const UNFOLDED_LENGTH = 1_500;

/** The diagram and the differences, as far as they fit. */
function formatChanges(document: ReviewDocument, room: number, whole: string): string {
  const { resources, outputs, picture, summary } = document;
  const title = `### Resources\n\n${describeSummary(summary)}\n\n`;
  const diagram = picture === undefined ? "" : folded("Diagram", fenced("mermaid", picture.split("\n")));
  const head = title.length + diagram.length <= room ? title + diagram : title;
  const parts = [
    ...resources
      .filter(({ action }) => action !== "read")
      .sort(bySeverity)
      .map((one) => () => formatResource(one)),
    ...(outputs.length > 0 ? [() => `**outputs**\n\n${formatDifferences(outputs)}`] : []),
  ];
  if (head.length > room) return leftOut(parts.length, whole);
  const { text, count } = joinUntilFull(parts, room - head.length);
  const changes = text.length > UNFOLDED_LENGTH ? folded(`The differences of ${count}`, text) : text;
  return head + changes + leftOut(parts.length - count, whole);
}

const leftOut = (count: number, whole: string) =>
  count === 0 ? "" : `_The differences of ${count} more are left out to fit. All are in ${whole}._\n`;

/** The parts that fit, from the first on. Each is formatted only when it is reached. */
function joinUntilFull(parts: readonly (() => string)[], room: number) {
  let text = "";
  for (const [count, part] of parts.entries()) {
    const next = part();
    if (text.length + next.length > room) return { text, count };
    text += next;
  }
  return { text, count: parts.length };
}

function formatResource(resource: ChangedResource): string {
  const { action, address, path, previousAddress, forcedBy, differences } = resource;
  const title = [
    `**${action}** ${code(address)}`,
    path === undefined ? "" : ` (${code(path)})`,
    previousAddress === undefined ? "" : `, moved from ${code(previousAddress)}`,
    forcedBy === undefined ? "" : `, forced by ${forcedBy.map(code).join(", ")}`,
    "\n\n",
  ].join("");
  if (differences.length > 0) return title + formatDifferences(differences);
  return action === "update" ? `${title}${SAME_MEANING}\n\n` : title;
}

/** How many differences of one resource are shown, so that there is room for others. */
const MAXIMUM_DIFFERENCES = 60;

function formatDifferences(differences: readonly Difference[]): string {
  const lines = describeDifferences(differences);
  const more = lines.length - MAXIMUM_DIFFERENCES;
  const shown = lines.slice(0, MAXIMUM_DIFFERENCES);
  return fenced("diff", more > 0 ? [...shown, `… and ${more} more`] : shown);
}
