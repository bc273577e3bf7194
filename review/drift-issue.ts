import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import { callGithub, type GithubAccess } from "./github.ts";
import type { ReviewDocument } from "./report/document.ts";
import { markdownReport } from "./report/markdown-report.ts";
import { reviewDrift } from "./review-drift.ts";

/** A repository on GitHub, as a job of its own knows it. */
export interface Repository extends GithubAccess {
  readonly name: string;
}

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly pull_request?: unknown;
}

/** What was done about the issue of an environment's drift; clean: there is no drift, and no issue. */
export type DriftIssueOutcome = "opened" | "updated" | "closed" | "clean";

/**
 * Looks for drift in an environment, updates its issue and prints what was done about it.
 * @throws UserError outside GitHub Actions, when Terraform can't plan, or when GitHub refuses.
 */
export async function runDriftIssue(environment: Environment): Promise<void> {
  const repository = repositoryOfJob();
  const { drift } = await reviewDrift(environment);
  console.log(`Drift in ${environment.name}: ${await updateDriftIssue(environment.name, drift, repository)}`);
}

/**
 * Keeps one issue for an environment's drift: opened when something changed outside Terraform, updated while that
 * lasts, closed when it is over. What is merely not applied yet is no drift.
 * @throws UserError when GitHub refuses.
 */
export async function updateDriftIssue(
  environment: string,
  drift: ReviewDocument,
  repository: Repository,
): Promise<DriftIssueOutcome> {
  const title = `Drift in ${environment}`;
  const issues = `/repos/${repository.name}/issues`;
  const open = (await callGithub(
    repository,
    "GET",
    `${issues}?state=open&labels=drift&per_page=100`,
  )) as Issue[];
  const found = open.find((issue) => issue.title === title && issue.pull_request === undefined);
  if (!drift.changes && drift.verdict === "safe") {
    if (!found) return "clean";
    await callGithub(repository, "PATCH", `${issues}/${found.number}`, {
      state: "closed",
      state_reason: "completed",
    });
    return "closed";
  }
  const body = `${markdownReport(drift, LONGEST_REPORT)}\n\nWhat to do: docs/runbook.md#drift`;
  if (found) await callGithub(repository, "PATCH", `${issues}/${found.number}`, { body });
  else await callGithub(repository, "POST", issues, { title, body, labels: ["drift"] });
  return found ? "updated" : "opened";
}

/** GitHub takes 65,536 characters; the rest is for what is said beneath. */
const LONGEST_REPORT = 65_000;

/** https://docs.github.com/en/actions/reference/variables-reference */
function repositoryOfJob(): Repository {
  const { GITHUB_API_URL: api, GITHUB_REPOSITORY: name, GITHUB_TOKEN: token } = process.env;
  if (api && name && token) return { api, name, token };
  throw new UserError(
    "The issue is kept by a job of GitHub Actions, with GITHUB_TOKEN. Here, use: npm run drift",
  );
}
