import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../config/project-folder.ts";
import { UserError } from "../config/user-error.ts";
import type { ReviewDocument } from "./report/document.ts";
import { COMMENT_LIMIT, markdownReport, SUMMARY_LIMIT } from "./report/markdown-report.ts";
import { textReport } from "./report/text-report.ts";

/** Characters that a comment needs beside the report, for the mark by which it is found again. */
const MARK_LENGTH = 100;

/** Where `npm run plan` puts the plans and the review of an environment, unless told otherwise. */
export const planFolder = (environment: string) => join(projectFolder, ".local", "plan", environment);

/** Writes a review in each of its forms: for programs, for a terminal, for a comment and for a job's summary. */
export function writeReview(document: ReviewDocument, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "review.json"), `${JSON.stringify(document, null, 2)}\n`);
  writeFileSync(join(folder, "review.md"), markdownReport(document, COMMENT_LIMIT - MARK_LENGTH));
  writeFileSync(join(folder, "summary.md"), markdownReport(document, SUMMARY_LIMIT));
  writeFileSync(join(folder, "review.txt"), textReport(document));
}

/**
 * One form of a review that was written.
 * @throws UserError when there is none.
 */
export function readReview(folder: string, name: "review.md" | "summary.md"): string {
  const file = join(folder, name);
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw new UserError(`There is no ${file}. Make it with: npm run plan`);
}
