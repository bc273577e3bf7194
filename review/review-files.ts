import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../config/project-folder.ts";
import { UserError } from "../config/user-error.ts";
import { currentRun } from "../account/current-user.ts";
import { type ReviewDocument, reviewDocument } from "./report/document.ts";
import { jsonReport } from "./report/json-report.ts";
import { COMMENT_LIMIT, markdownReport, SUMMARY_LIMIT } from "./report/markdown-report.ts";
import { textReport } from "./report/text-report.ts";

/** Room for the mark that ends a comment, in characters. */
const MARK_LENGTH = 100;

/** The default output folder of `npm run plan`. */
export const planFolder = (environment: string) => join(projectFolder, ".local", "plan", environment);

/** Writes a review in all its forms: for programs, for a comment, for a job's summary and for a terminal. */
export function writeReview(document: ReviewDocument, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "review.json"), `${jsonReport(document)}\n`);
  const markdown = (limit: number) => markdownReport(document, { limit, run: currentRun() });
  writeFileSync(join(folder, "review.md"), markdown(COMMENT_LIMIT - MARK_LENGTH));
  writeFileSync(join(folder, "summary.md"), markdown(SUMMARY_LIMIT));
  writeFileSync(join(folder, "review.txt"), textReport(document));
}

/** Reads a review in its form for programs; undefined if there is none. */
export function readDocument(folder: string): ReviewDocument | undefined {
  const file = join(folder, "review.json");
  return existsSync(file) ? reviewDocument.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

/**
 * Reads one form of a review.
 * @throws UserError if it doesn't exist.
 */
export function readReview(folder: string, name: "review.md" | "summary.md"): string {
  const file = join(folder, name);
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw new UserError(`${file} doesn't exist. Create it with: npm run plan`);
}
