import { join } from "node:path";
import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { stackNames } from "../config/names.ts";
import { planEnvironment, trustedStacks } from "../terraform/plan-environment.ts";
import { stackCode } from "../terraform/synthesize.ts";
import { findNewStacks } from "../terraform/untrusted-stacks.ts";
import { currentCommit } from "./current-commit.ts";
import { readDeclarationsAtCommit } from "./declarations-at-commit.ts";
import { EXCEPTIONS_FILE, readExceptions } from "./exceptions.ts";
import { type Declarations, readDeclarations } from "./plan/declarations.ts";
import { planFromStacks } from "./plan/plan.ts";
import { EXIT_CODES, exitCodeFor, printProgress, printReview } from "./print-review.ts";
import { currentChange } from "./github.ts";
import type { ReviewDocument, Verdict } from "./report/document.ts";
import { listFirst } from "./report/wording.ts";
import { planFolder, writeReview } from "./review-files.ts";
import { reviewPlan } from "./review-plan.ts";

/** The options of `npm run plan`. */
export interface PlanCommandOptions {
  /** The folder for the plans and the review. Default: `planFolder`. */
  readonly out?: string;
  /** Plan from an empty state, without credentials. Default: false. */
  readonly offline?: boolean;
  /**
   * A folder of stacks that untrusted code synthesized, such as a pull request's. They are planned after a check, and
   * all else comes from this checkout. Default: the stacks of this checkout.
   */
  readonly synthesized?: string;
  /** An exceptions file. Default: the project's. */
  readonly exceptions?: string;
  /** The commit before the change. Default: this checkout with `synthesized`, else not known. */
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
  options: PlanCommandOptions,
): Promise<ReviewDocument> {
  const { offline = false, synthesized, since, exceptions = EXCEPTIONS_FILE } = options;
  const access = offline ? undefined : await checkedAccess(environment);
  const folder = join(out, "synthesized");
  const stacks = Object.values(stackNames(environment.name));
  // First, since a commit that isn't there needs no plan.
  const atCommit = since === undefined ? undefined : await readDeclarationsAtCommit(since, stacks);
  const plans = await planEnvironment({
    environment,
    folder,
    env: access?.env,
    offline,
    synthesized,
    onProgress: printProgress,
  });
  // Stacks of untrusted code are those of the change that the job is about.
  const commit =
    synthesized === undefined ? await currentCommit() : { hash: currentChange().commit, isDirty: false };
  const refused = plans.flatMap((plan) => plan.refused);
  return reviewPlan(planFromStacks(plans), {
    name: environment.name,
    environment,
    // Stacks of untrusted code are a change of this checkout; otherwise only a commit says what was before.
    declarationsBefore: atCommit ?? (synthesized === undefined ? undefined : readTrusted(folder, stacks)),
    // A plan from an empty state has none of the findings that the exceptions are for.
    exceptions: offline ? [] : readExceptions(exceptions),
    refused,
    commit: commit?.hash,
    notes: [
      ...(offline ? [OFFLINE_NOTE] : []),
      ...(synthesized === undefined ? [] : newStacksNotes(findNewStacks(synthesized, trustedStacks(folder)))),
      ...(refused.length > 0 ? [refusedNote(refused)] : []),
      ...(commit?.isDirty ? [DIRTY_NOTE] : []),
    ],
  });
}

const readTrusted = (folder: string, stacks: readonly string[]): Declarations =>
  readDeclarations(...stacks.map((stack) => stackCode(stack, trustedStacks(folder))));

const DIRTY_NOTE = "Planned with changes that are not committed.";

const OFFLINE_NOTE =
  "Planned offline, from an empty state: this shows that the code can be planned, not what it changes in AWS.";

const newStacksNotes = (stacks: readonly string[]) =>
  stacks.length === 0
    ? []
    : [
        `Not planned: ${stacks.join(", ")}. A new environment is planned with credentials once its settings are merged; until then: npm run plan -- <environment> --offline.`,
      ];

const refusedNote = (addresses: readonly string[]) =>
  `Terraform refuses this plan because of prevent_destroy on ${listFirst(addresses)}. The review shows what the plan would do without it; no plan was saved.`;
