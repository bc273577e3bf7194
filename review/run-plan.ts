import { join } from "node:path";
import type { Environment } from "../config/environment.ts";
import { planEnvironment, type StackPlan } from "../terraform/plan-environment.ts";
import { readDeclarationsAtCommit } from "./declarations-at-commit.ts";
import { EXCEPTIONS_FILE, readExceptions } from "./exceptions.ts";
import { readPlanDeclarations } from "./plan/declarations.ts";
import { planFromJson } from "./plan/plan.ts";
import { EXIT_CODES, exitCodeFor, printProgress, printReview } from "./print-review.ts";
import type { ReviewDocument, Verdict } from "./report/document.ts";
import { planFolder, writeReview } from "./review-files.ts";
import { reviewPlan } from "./review-plan.ts";

/** What `npm run plan` is told. */
export interface PlanCommandOptions {
  /** Gets the plans and the review. Default: `planFolder`. */
  readonly out?: string;
  /** Plan from nothing, without credentials. Default: false. */
  readonly offline?: boolean;
  /** The commit that the change starts from. Default: not known. */
  readonly since?: string;
  /** The least verdict that is not exit code 0. Default: every one has its own. */
  readonly failOn?: Verdict;
}

/**
 * Plans an environment, and prints and writes the review of that plan.
 * @returns the exit code: 0 nothing to do, 2 changes, 3 blocked.
 * @throws UserError when Terraform can't plan.
 */
export async function runPlan(environment: Environment, options: PlanCommandOptions): Promise<number> {
  const out = options.out ?? planFolder(environment.name);
  const document = await planAndReview(environment, out, options);
  writeReview(document, out);
  printReview(document, "text");
  console.log(`The review and the plans are in ${out}`);
  const { verdict, changes } = document;
  const code = verdict === "safe" && changes ? EXIT_CODES.care : EXIT_CODES[verdict];
  return exitCodeFor(verdict, code, options.failOn);
}

async function planAndReview(
  environment: Environment,
  out: string,
  { offline = false, since }: PlanCommandOptions,
): Promise<ReviewDocument> {
  const folder = join(out, "synthesized");
  const plans = await planEnvironment({ environment, folder, offline, onProgress: printProgress });
  const stacks = plans.map(({ stack }) => stack);
  const changes = planFromJson(
    plans.map(({ json }) => json),
    readPlanDeclarations(plans),
  );
  return reviewPlan(changes, {
    name: environment.name,
    environment,
    declarationsBefore: since === undefined ? undefined : await readDeclarationsAtCommit(since, stacks),
    // A plan from nothing has none of the findings that the exceptions are for.
    exceptions: offline ? [] : readExceptions(EXCEPTIONS_FILE),
    refused: plans.flatMap(({ refused }) => refused),
    notes: notesOn(plans, offline),
  });
}

function notesOn(plans: readonly StackPlan[], offline: boolean): string[] {
  const refused = plans.flatMap((plan) => plan.refused);
  return [
    ...(offline
      ? [
          "Planned offline, from nothing: this says that the whole can be planned, and nothing of what it changes.",
        ]
      : []),
    ...(refused.length > 0
      ? [
          `Terraform refuses this plan, since prevent_destroy guards ${refused.join(", ")}. Told is what it would do without that; no plan was saved.`,
        ]
      : []),
  ];
}
