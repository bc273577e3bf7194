import type { Difference, Finding, ReviewDocument } from "./document.ts";

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

/** "2 created, 1 updated in place". */
export function describeSummary(summary: ReviewDocument["summary"]): string {
  const parts = Object.entries(ACTION_WORDS)
    .filter(([action]) => summary[action])
    .map(([action, words]) => `${summary[action] ?? 0} ${words}`);
  return parts.join(", ") || "none";
}

/** The reason for the verdict: "1 blocking finding, 2 findings to check". */
export function explainVerdict({ verdict, findings, changes }: ReviewDocument): string {
  if (verdict === "safe") return changes ? "no harmful change found" : "no changes";
  const open = findings.filter(({ exception }) => exception === undefined);
  const counts = (["blocked", "care"] as const).flatMap((level) => {
    const count = open.filter((finding) => finding.level === level).length;
    const noun = count === 1 ? "finding" : "findings";
    return count > 0 ? [`${count} ${level === "blocked" ? `blocking ${noun}` : `${noun} to check`}`] : [];
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
export function describeDifference({ attribute, kind, before, after }: Difference): string {
  const values = [before, after].filter((value) => value !== undefined).join(" → ");
  return `${SIGNS[kind]} ${attribute}: ${kind === "reordered" ? "only the order changes" : values}`;
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
