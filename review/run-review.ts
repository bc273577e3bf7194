import { basename } from "node:path";
import type { Environment } from "../config/environment.ts";
import { EXCEPTIONS_FILE, readExceptions } from "./exceptions.ts";
import { findSynthesizedStack, readDeclarations } from "./plan/declarations.ts";
import { planFromJson } from "./plan/plan.ts";
import { readPlanFile } from "./plan/read-plan.ts";
import { EXIT_CODES, exitCodeFor, type Format, printReview } from "./print-review.ts";
import { type ReviewDocument, reviewJsonSchema, type Verdict } from "./report/document.ts";
import { reviewPlan } from "./review-plan.ts";

/** The options of `npm run review`. */
export interface ReviewCommandOptions {
  /** The project's environment that the plan is for. Default: none; the plan may be anyone's. */
  readonly environment?: Environment;
  readonly format: Format;
  /** The plan's `cdk.tf.json`. Default: the one next to the plan, if any. */
  readonly code?: string;
  /** The `cdk.tf.json` before the change. Default: not known. */
  readonly codeBefore?: string;
  /** An exceptions file. Default: the project's with `environment`, else none. */
  readonly exceptions?: string;
  /** The exit code is 0 for less severe verdicts. Default: every verdict has its own exit code. */
  readonly failOn?: Verdict;
}

/**
 * Reviews a plan's JSON, from this project or any other, and prints the review.
 * @returns the exit code: 0 safe, 2 needs care, 3 blocked.
 * @throws UserError if a file can't be read.
 */
export async function runReview(file: string, options: ReviewCommandOptions): Promise<number> {
  const document = await reviewFile(file, options);
  printReview(document, options.format);
  return exitCodeFor(document.verdict, EXIT_CODES[document.verdict], options.failOn);
}

/** Prints the JSON Schema of the JSON form. */
export function printSchema(): void {
  console.log(JSON.stringify(reviewJsonSchema(), null, 2));
}

async function reviewFile(file: string, options: ReviewCommandOptions): Promise<ReviewDocument> {
  const { environment, code, codeBefore, exceptions } = options;
  const declarations = readDeclarations(...(code === undefined ? findSynthesizedStack(file) : [code]));
  const exceptionsFile = exceptions ?? (environment && EXCEPTIONS_FILE);
  return reviewPlan(planFromJson([readPlanFile(file)], declarations), {
    name: environment?.name ?? basename(file),
    environment,
    ...(codeBefore !== undefined && { declarationsBefore: readDeclarations(codeBefore) }),
    exceptions: exceptionsFile === undefined ? [] : readExceptions(exceptionsFile),
  });
}
