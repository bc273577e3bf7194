import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import { currentRun } from "../account/current-user.ts";
import { callGithub, currentRepository, type GithubRepository } from "./github.ts";
import type { ReviewDocument } from "./report/document.ts";
import { markdownReport } from "./report/markdown-report.ts";
import { printReview } from "./print-review.ts";
import { reviewDrift } from "./review-drift.ts";

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly pull_request?: unknown;
}

/** What happened to the drift issue of an environment. clean: no drift, and no open issue. */
export type DriftIssueOutcome = "opened" | "updated" | "closed" | "clean";

/**
 * Looks for drift in an environment, updates its issue and prints the outcome.
 * @throws UserError outside GitHub Actions, if Terraform can't plan, or if GitHub refuses a request.
 */
export async function runDriftIssue(environment: Environment): Promise<void> {
  const repository = currentRepository();
  if (!repository)
    throw new UserError(
      "npm run drift-issue runs only in GitHub Actions, with GITHUB_TOKEN. Elsewhere, use: npm run drift",
    );
  const { drift } = await reviewDrift(environment);
  // The issue refers to the log for what doesn't fit into it.
  printReview(drift, "text");
  console.log(`Drift in ${environment.name}: ${await updateDriftIssue(environment.name, drift, repository)}`);
}

/**
 * Opens an issue when an environment drifts, updates it while the drift lasts, and closes it when the drift is gone.
 * Changes that are not applied yet don't count.
 * @throws UserError if GitHub refuses a request.
 */
export async function updateDriftIssue(
  environment: string,
  drift: ReviewDocument,
  repository: GithubRepository,
): Promise<DriftIssueOutcome> {
  const title = `Drift in ${environment}`;
  const open = (await callGithub(repository, "GET", OPEN_ISSUES)) as readonly Issue[];
  const issue = open.find((one) => one.title === title && one.pull_request === undefined);
  if (!drift.changes && drift.verdict === "safe") {
    if (!issue) return "clean";
    const closed = { state: "closed", state_reason: "completed" };
    await callGithub(repository, "PATCH", `/issues/${issue.number}`, closed);
    return "closed";
  }
  const body = `${markdownReport(drift, { limit: MAXIMUM_REPORT, run: currentRun() })}\n\nWhat to do: docs/runbook.md#drift`;
  if (issue) await callGithub(repository, "PATCH", `/issues/${issue.number}`, { body });
  else await callGithub(repository, "POST", "/issues", { title, body, labels: ["drift"] });
  return issue ? "updated" : "opened";
}

const OPEN_ISSUES = "/issues?state=open&labels=drift&per_page=100";

/** In characters. GitHub's maximum is 65,536; the rest is for the last line. */
const MAXIMUM_REPORT = 65_000;
