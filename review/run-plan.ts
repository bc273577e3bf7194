import { join } from "node:path";
import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { planEnvironment } from "../terraform/plan-environment.ts";
import { readDeclarationsAtCommit } from "./declarations-at-commit.ts";
import { EXCEPTIONS_FILE, readExceptions } from "./exceptions.ts";
import { planFromStacks } from "./plan/plan.ts";
import { EXIT_CODES, exitCodeFor, printProgress, printReview } from "./print-review.ts";
import type { ReviewDocument, Verdict } from "./report/document.ts";
import { planFolder, writeReview } from "./review-files.ts";
import { reviewPlan } from "./review-plan.ts";

/** The options of `npm run plan`. */
export interface PlanCommandOptions {
  /** The folder for the plans and the review. Default: `planFolder`. */
  readonly out?: string;
  /** Plan from an empty state, without credentials. Default: false. */
  readonly offline?: boolean;
  /** The commit before the change. Default: not known. */
  readonly since?: string;
  /** The exit code is 0 for less severe verdicts. Default: every verdict has its own exit code. */
  readonly failOn?: Verdict;
}

/**
 * Plans an environment, reviews the plan, and prints and writes the review.
 * @returns the exit code: 0 no changes, 2 changes, 3 blocked.
 * @throws UserError if the credentials are not of the environment's account, or Terraform can't plan.
 */
export async function runPlan(environment: Environment, options: PlanCommandOptions): Promise<number> {
  const out = options.out ?? planFolder(environment.name);
  const document = await planAndReview(environment, out, options);
  writeReview(document, out);
  printReview(document, "text");
  console.log(`Review and plans: ${out}`);
  const { verdict, changes } = document;
  const code = verdict === "safe" && changes ? EXIT_CODES.care : EXIT_CODES[verdict];
  return exitCodeFor(verdict, code, options.failOn);
}

async function planAndReview(
  environment: Environment,
  out: string,
  { offline = false, since }: PlanCommandOptions,
): Promise<ReviewDocument> {
  const access = offline ? undefined : await checkedAccess(environment);
  const folder = join(out, "synthesized");
  const request = { environment, folder, env: access?.env, offline, onProgress: printProgress };
  const plans = await planEnvironment(request);
  const stacks = plans.map(({ stack }) => stack);
  const refused = plans.flatMap((plan) => plan.refused);
  return reviewPlan(planFromStacks(plans), {
    name: environment.name,
    environment,
    declarationsBefore: since === undefined ? undefined : await readDeclarationsAtCommit(since, stacks),
    // A plan from an empty state has none of the findings that the exceptions are for.
    exceptions: offline ? [] : readExceptions(EXCEPTIONS_FILE),
    refused,
    notes: [...(offline ? [OFFLINE_NOTE] : []), ...(refused.length > 0 ? [refusedNote(refused)] : [])],
  });
}

const OFFLINE_NOTE =
  "Planned offline, from an empty state: this shows that the code can be planned, not what it changes in AWS.";

const refusedNote = (addresses: readonly string[]) =>
  `Terraform refuses this plan because of prevent_destroy on ${addresses.join(", ")}. The review shows what the plan would do without it; no plan was saved.`;
