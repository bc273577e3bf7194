import type { Difference, Finding, ReviewDocument } from "./document.ts";

/** The verdict, as it begins every review. */
export const VERDICT_LABELS = { blocked: "Blocked", care: "Needs care", safe: "Safe" } as const;

/** What happens to resources, in the order of their weight. */
const ACTION_WORDS: readonly (readonly [action: string, words: string])[] = [
  ["delete", "deleted"],
  ["replace", "deleted and made anew"],
  ["forget", "forgotten by Terraform"],
  ["create", "created"],
  ["update", "changed in place"],
  ["move", "moved in code only"],
  ["import", "taken into the state"],
  ["read", "read"],
  ["unchanged", "unchanged"],
];

/** "2 created, 1 changed in place", or that there is nothing. */
export function describeSummary(summary: ReviewDocument["summary"]): string {
  const parts = ACTION_WORDS.flatMap(([action, words]) => {
    const count = summary[action] ?? 0;
    return count > 0 ? [`${count} ${words}`] : [];
  });
  return parts.join(", ") || "no resource";
}

/** Why the verdict is what it is, in one sentence. */
export function explainVerdict({ verdict, findings, changes }: ReviewDocument): string {
  if (verdict === "safe") return changes ? "nothing found that does harm" : "nothing to do";
  const open = findings.filter(({ exception }) => exception === undefined);
  const counts = (["blocked", "care"] as const).flatMap((level) => {
    const count = open.filter((finding) => finding.level === level).length;
    return count > 0 ? [`${count} ${level === "blocked" ? "that must not be applied" : "to look at"}`] : [];
  });
  const excepted = findings.length - open.length;
  return [...counts, ...(excepted > 0 ? [`${excepted} excepted`] : [])].join(", ");
}

/** "Blocked", "Needs care", or what became of it by an exception. */
export const describeLevel = ({ level, exception }: Finding): string =>
  exception ? `Excepted (${VERDICT_LABELS[level].toLowerCase()})` : VERDICT_LABELS[level];

/** "Excepted until 2030-01-31 by …: …" */
export const describeException = ({ approver, expires, reason }: NonNullable<Finding["exception"]>): string =>
  `Excepted until ${expires} by ${approver}: ${reason}`;

/** A difference in one line, after its sign. */
export function describeDifference({ attribute, kind, before, after }: Difference): string {
  if (kind === "reordered") return `${attribute}: the same in another order`;
  if (kind === "added") return `${attribute}: ${after ?? ""}`;
  if (kind === "removed") return `${attribute}: ${before ?? ""}`;
  return `${attribute}: ${before ?? ""} → ${after ?? ""}`;
}

/** For a change whose before and after mean the same. */
export const SAME_MEANING = "(means the same as before: only how it is written changes)";

/** The sign before a difference or a resource. */
export const SIGNS = {
  added: "+",
  create: "+",
  import: "+",
  removed: "-",
  delete: "-",
  forget: "-",
  replace: "-",
  changed: "!",
  update: "!",
  reordered: " ",
  move: " ",
  read: " ",
} as const;
