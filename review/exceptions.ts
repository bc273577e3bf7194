import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectFolder } from "../config/project-folder.ts";
import { UserError } from "../config/user-error.ts";

const sentence = (what: string) =>
  z
    .string()
    .trim()
    .min(1, { error: `must be ${what}` });

const exceptionSchema = z.strictObject({
  /** The rule's name, as the finding shows it. */
  rule: sentence("the name of a rule"),
  /** The resource's address, as the finding shows it. */
  address: sentence("the address of a resource"),
  /** The environment in which it holds. Default: every one. */
  environment: z.string().optional(),
  /** Why the harm is meant, or is none; for those who read the review. */
  reason: sentence("a reason"),
  /** Who answers for it. */
  approver: sentence("the name of who answers for it"),
  /** The last day on which it holds, in UTC. */
  expires: z.iso.date({ error: 'must be a day like "2030-01-31"' }),
});

const exceptionsFile = z.strictObject({ exceptions: z.array(exceptionSchema) });

/** A finding that is meant: written in the change that causes it, for one resource and a time. */
export type ReviewException = Readonly<z.output<typeof exceptionSchema>>;

/** The exceptions that a change brings: in the project's folder, so that they are reviewed with it. */
export const EXCEPTIONS_FILE = join(projectFolder, "review-exceptions.json");

/**
 * Reads the exceptions that a change brings.
 * @returns none where there is no such file.
 * @throws UserError with the first fault of the file.
 */
export function readExceptions(file: string): readonly ReviewException[] {
  if (!existsSync(file)) return [];
  const { data, error } = exceptionsFile.safeParse(jsonIn(file));
  if (data) return data.exceptions;
  const [issue] = error.issues;
  throw new UserError(`${file}: ${issue?.path.map(String).join(".") ?? ""} ${issue?.message ?? "is wrong"}`);
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UserError(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Whether it still holds on that day; the last one counts. */
export const holdsOn = ({ expires }: ReviewException, now: Date): boolean =>
  now.toISOString().slice(0, 10) <= expires;
