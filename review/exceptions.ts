import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectFolder } from "../config/project-folder.ts";
import { UserError } from "../config/user-error.ts";
import type { Finding } from "./report/document.ts";

const requiredText = (what: string) =>
  z
    .string()
    .trim()
    .min(1, { error: `must be ${what}` });

const exceptionSchema = z.strictObject({
  /** The rule's name, as the finding shows it. */
  rule: requiredText("the name of a rule"),
  /** The resource's address, as the finding shows it. */
  address: requiredText("the address of a resource"),
  /** The environment it applies to. Default: all. */
  environment: z.string().optional(),
  /** Why the change is intended or harmless, for the readers of the review. */
  reason: requiredText("a reason"),
  /** The person or team who approved it. */
  approver: requiredText("the name of the person or team who approved it"),
  /** The last day on which it is valid, in UTC. */
  expires: z.iso.date({ error: 'must be a date like "2030-01-31"' }),
});

const exceptionsFile = z.strictObject({ exceptions: z.array(exceptionSchema) });

/** Accepts one finding on one resource until a date; part of the change that causes the finding. */
export type ReviewException = Readonly<z.output<typeof exceptionSchema>>;

/** The project's exceptions: in the repository, so that they are reviewed together with the change. */
export const EXCEPTIONS_FILE = join(projectFolder, "review-exceptions.json");

/**
 * Reads an exceptions file.
 * @returns none if the file doesn't exist.
 * @throws UserError with the first mistake in the file.
 */
export function readExceptions(file: string): readonly ReviewException[] {
  if (!existsSync(file)) return [];
  const { data, error } = exceptionsFile.safeParse(readJson(file));
  if (data) return data.exceptions;
  const [issue] = error.issues;
  throw new UserError(
    `${file}: ${issue?.path.map(String).join(".") ?? ""} ${issue?.message ?? "is invalid"}`,
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UserError(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Marks the findings that have a valid exception, and adds a finding for each exception that is expired or unused.
 * Those added findings can't be excepted themselves.
 */
export function applyExceptions(
  findings: readonly Finding[],
  exceptions: readonly ReviewException[],
  now: Date,
): Finding[] {
  const today = now.toISOString().slice(0, 10);
  const valid = exceptions.filter(({ expires }) => today <= expires);
  const marked = findings.map((finding): Finding => {
    const exception = valid.find((candidate) => matches(candidate, finding));
    if (!exception) return finding;
    const { reason, approver, expires } = exception;
    return { ...finding, exception: { reason, approver, expires } };
  });
  const unused = valid.filter((exception) => !findings.some((finding) => matches(exception, finding)));
  const expired = exceptions.filter((exception) => !valid.includes(exception));
  return [...marked, ...expired.map(expiredFinding), ...unused.map(unusedFinding)];
}

const matches = ({ rule, address }: ReviewException, finding: Finding) =>
  finding.rule === rule && finding.address === address;

const exceptionFinding = {
  rule: "refused-exception",
  level: "blocked",
  source: "docs/review.md#exceptions",
} as const;

const expiredFinding = ({ rule, address, expires, approver }: ReviewException): Finding => ({
  ...exceptionFinding,
  address,
  what: `The exception for ${rule} expired on ${expires}.`,
  why: "An exception covers one change at one time; the situation may be different now.",
  instead: `Remove it from the exceptions, or ask ${approver} to approve it again with a new date.`,
});

const unusedFinding = ({ rule, address }: ReviewException): Finding => ({
  ...exceptionFinding,
  address,
  what: `The exception for ${rule} matches no finding.`,
  why: "An exception that stays in the file after its change would accept the same problem next time, unnoticed.",
  instead: "Remove it from the exceptions, or correct its rule and address to those of the finding.",
});
