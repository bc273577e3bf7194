import { groupBy } from "../plan/group-by.ts";
import type { Difference, Finding, ReviewDocument } from "./document.ts";
import { KNOWN_AFTER_APPLY } from "./format-value.ts";

/** The labels of verdicts and levels. */
export const VERDICT_LABELS = { blocked: "Blocked", care: "Needs care", safe: "Safe" } as const;

/** What happens to resources, the most severe first. */
const ACTION_WORDS = {
  delete: "deleted",
  replace: "replaced",
  forget: "removed from the state",
  create: "created",
  update: "updated in place",
  move: "moved in the code",
  import: "imported",
  read: "read",
  unknown: "changed in a way that this review doesn't know",
  unchanged: "unchanged",
};
const ACTIONS: readonly string[] = Object.keys(ACTION_WORDS);

/** Sorts what is destroyed before what is only changed. */
export const bySeverity = (one: { readonly action: string }, other: { readonly action: string }) =>
  ACTIONS.indexOf(one.action) - ACTIONS.indexOf(other.action);

/** "2 created, 1 updated in place". */
export function describeSummary(summary: ReviewDocument["summary"]): string {
  const parts = Object.entries(ACTION_WORDS)
    .filter(([action]) => summary[action])
    .map(([action, words]) => `${summary[action] ?? 0} ${words}`);
  return parts.join(", ") || "none";
}

/** "Plan: 2 to add, 1 to change, 1 to destroy.", as Terraform says it. */
export function describeCounts({ counts }: ReviewDocument): string {
  const imported = counts.import > 0 ? `${counts.import} to import, ` : "";
  const forgotten = counts.forget > 0 ? ` ${counts.forget} will no longer be managed by Terraform.` : "";
  return `Plan: ${imported}${counts.add} to add, ${counts.change} to change, ${counts.destroy} to destroy.${forgotten}`;
}

/** "Planned on 2030-01-31 at 12:00 UTC, of commit 0123456789ab." @param format of the commit. Default: as it is. */
export function describePlanned(
  { planned, commit }: ReviewDocument,
  format = (commit: string) => commit,
): string {
  const time = `Planned on ${planned.slice(0, 10)} at ${planned.slice(11, 16)} UTC`;
  return commit === undefined ? `${time}.` : `${time}, of commit ${format(commit.slice(0, 12))}.`;
}

/** "No rule covers aws_glue_job (1 updated in place), aws_glue_trigger (2 created)."; undefined if rules cover everything. */
export function describeUncovered({ findings, resources }: ReviewDocument): string | undefined {
  const addresses = new Set(
    findings.filter(({ rule }) => rule === "uncovered").map(({ address }) => address),
  );
  const types = groupBy(
    resources.filter(({ address }) => addresses.has(address)),
    ({ type }) => type,
  );
  const parts = [...types].map(([type, changed]) => `${type} (${describeSummary(countBy(changed))})`);
  return parts.length > 0 ? `No rule covers ${listFirst(parts)}.` : undefined;
}

function countBy(resources: readonly { readonly action: string }[]): ReviewDocument["summary"] {
  const groups = groupBy(resources, ({ action }) => action);
  return Object.fromEntries([...groups].map(([action, { length }]) => [action, length]));
}

/** How many items a sentence or a list at the top names. */
export const MAXIMUM_NAMED = 20;

/** The first items, and the number of the others. */
export const listFirst = (items: readonly string[]): string =>
  items.length > MAXIMUM_NAMED
    ? `${items.slice(0, MAXIMUM_NAMED).join(", ")} and ${items.length - MAXIMUM_NAMED} more`
    : items.join(", ");

/** "and 312 more findings to check: 300 capacity-change, 12 uncovered" */
export function describeLeftOut(findings: readonly Finding[], level: Finding["level"]): string {
  const rules = [...groupBy(findings, ({ rule }) => rule)];
  return `and ${findings.length} more ${nounFor(level, findings.length)}: ${rules.map(([rule, { length }]) => `${length} ${rule}`).join(", ")}`;
}

/** "blocking finding", "findings to check" */
function nounFor(level: Finding["level"], count: number): string {
  const noun = count === 1 ? "finding" : "findings";
  return level === "blocked" ? `blocking ${noun}` : `${noun} to check`;
}

/** The reason for the verdict: "1 blocking finding, 2 findings to check". */
export function explainVerdict({ verdict, findings, changes }: ReviewDocument): string {
  if (verdict === "safe") return changes ? "no harmful change found" : "no changes";
  const open = findings.filter(({ exception }) => exception === undefined);
  const counts = (["blocked", "care"] as const).flatMap((level) => {
    const count = open.filter((finding) => finding.level === level).length;
    return count > 0 ? [`${count} ${nounFor(level, count)}`] : [];
  });
  const excepted = findings.length - open.length;
  return [...counts, ...(excepted > 0 ? [`${excepted} excepted`] : [])].join(", ");
}

/** "Blocked", "Needs care", or "Excepted (blocked)". */
export const describeLevel = ({ level, exception }: Finding): string =>
  exception ? `Excepted (${VERDICT_LABELS[level].toLowerCase()})` : VERDICT_LABELS[level];

/** "Exception until 2030-01-31, approved by the messaging team: …" */
export const describeException = ({ approver, expires, reason }: NonNullable<Finding["exception"]>): string =>
  `Exception until ${expires}, approved by ${approver}: ${reason}`;

/** A difference in one line: "! read_capacity: 5 → 9". */
function describeDifference({ attribute, kind, before, after }: Difference): string {
  const values = [before, after].filter((value) => value !== undefined).join(" → ");
  return `${SIGNS[kind]} ${attribute}: ${kind === "reordered" ? "only the order changes" : values}`;
}

/** More values than this that are known only after apply share one line. */
const MAXIMUM_UNKNOWN = 2;

/** Differences, each in one line. */
export function describeDifferences(differences: readonly Difference[]): string[] {
  const unknown = differences.filter(({ after }) => after === KNOWN_AFTER_APPLY);
  if (unknown.length <= MAXIMUM_UNKNOWN) return differences.map(describeDifference);
  const sign = unknown.every(({ kind }) => kind === "added") ? SIGNS.added : SIGNS.changed;
  return [
    ...differences.filter((one) => !unknown.includes(one)).map(describeDifference),
    `${sign} known after apply: ${listFirst(unknown.map(({ attribute }) => attribute))}`,
  ];
}

/** For an update without a difference in meaning. */
export const SAME_MEANING = "(only the formatting changes, not the meaning)";

/** The signs in front of differences and resources. */
export const SIGNS = {
  added: "+",
  create: "+",
  import: "+",
  removed: "-",
  delete: "-",
  forget: "-",
  replace: "-",
  changed: "!",
  unknown: "!",
  update: "!",
  reordered: " ",
  move: " ",
  read: " ",
} as const;
