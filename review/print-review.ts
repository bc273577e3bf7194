import type { ReviewDocument, Verdict } from "./report/document.ts";
import { jsonReport } from "./report/json-report.ts";
import { markdownReport } from "./report/markdown-report.ts";
import { textReport } from "./report/text-report.ts";

export type Format = "text" | "markdown" | "json";

/** The exit code of each verdict. */
export const EXIT_CODES: Readonly<Record<Verdict, number>> = { safe: 0, care: 2, blocked: 3 };

/** The exit code, or 0 if the verdict is less severe than `failOn`. */
export const exitCodeFor = (verdict: Verdict, code: number, failOn: Verdict | undefined) =>
  failOn === undefined || EXIT_CODES[verdict] >= EXIT_CODES[failOn] ? code : 0;

/** Prints a review on standard output. */
export function printReview(document: ReviewDocument, format: Format): void {
  const { stdout } = process;
  const colour = stdout.isTTY && stdout.hasColors() && process.env["NO_COLOR"] === undefined;
  if (format === "json") console.log(jsonReport(document));
  else if (format === "markdown") console.log(markdownReport(document));
  else console.log(textReport(document, { width: stdout.isTTY ? stdout.columns : undefined, colour }));
}

/** Prints a progress message on standard error: standard output is only for the review. */
export function printProgress(message: string): void {
  console.error(`${message} …`);
}
