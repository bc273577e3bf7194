import { basename } from "node:path";
import { environmentNamed } from "../config/load-environments.ts";
import { EXCEPTIONS_FILE, readExceptions } from "./exceptions.ts";
import { findSynthesizedStack, readDeclarations } from "./plan/declarations.ts";
import { planFromJson } from "./plan/plan.ts";
import { readPlanFile } from "./plan/read-plan.ts";
import { EXIT_CODES, exitCodeFor, type Format, printReview } from "./print-review.ts";
import { type ReviewDocument, reviewJsonSchema, type Verdict } from "./report/document.ts";
import { reviewPlan } from "./review-plan.ts";

/** What `npm run review` is told. */
export interface ReviewCommandOptions {
  /** The environment of ours that the plan is of. Default: none, and the plan tells what it can. */
  readonly environment?: string;
  readonly format: Format;
  /** The synthesized stack of the plan. Default: the one beside the plan. */
  readonly code?: string;
  /** The synthesized stack before the change. Default: not known. */
  readonly codeBefore?: string;
  /** Default: those of the project, for an environment of ours. */
  readonly exceptions?: string;
  /** The least verdict that is not exit code 0. Default: every one has its own. */
  readonly failOn?: Verdict;
}

/**
 * Reviews the JSON of a plan, ours or anybody's, and prints the review.
 * @returns the exit code: 0 safe, 2 needs care, 3 blocked.
 * @throws UserError when a file can't be read.
 */
export async function runReview(file: string, options: ReviewCommandOptions): Promise<number> {
  const document = await reviewFile(file, options);
  printReview(document, options.format);
  return exitCodeFor(document.verdict, EXIT_CODES[document.verdict], options.failOn);
}

/** Prints the JSON Schema of a review's JSON form. */
export function printSchema(): void {
  console.log(JSON.stringify(reviewJsonSchema(), null, 2));
}

async function reviewFile(file: string, options: ReviewCommandOptions): Promise<ReviewDocument> {
  const { code, codeBefore, exceptions } = options;
  const environment = options.environment === undefined ? undefined : environmentNamed(options.environment);
  const declarations = readDeclarations(...(code === undefined ? findSynthesizedStack(file) : [code]));
  const exceptionsFile = exceptions ?? (environment && EXCEPTIONS_FILE);
  return reviewPlan(planFromJson([readPlanFile(file)], declarations), {
    name: environment?.name ?? basename(file),
    environment,
    ...(codeBefore !== undefined && { declarationsBefore: readDeclarations(codeBefore) }),
    exceptions: exceptionsFile === undefined ? [] : readExceptions(exceptionsFile),
  });
}
