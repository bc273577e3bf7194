import { dirname } from "node:path";
import { execa } from "execa";
import { UserError } from "../config/user-error.ts";
import { askGithub, type GithubAccess } from "./github.ts";
import { markdownReport } from "./review/markdown-report.ts";
import { reviewDocument, type ReviewDocument } from "./review/document.ts";

/** A repository on GitHub, as a job of its own knows it. */
export interface Repository extends GithubAccess {
  readonly name: string;
}

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly pull_request?: unknown;
}

const projectFolder = dirname(import.meta.dirname);

/** What was done about an environment's drift. */
export type Told = "opened" | "updated" | "closed" | "clean";

/**
 * Keeps one issue for an environment: opened when something changed outside Terraform, brought up to date while that
 * lasts, closed when it is over. What is merely not applied yet is no drift.
 * @throws UserError when `npm run drift` can't tell, or GitHub refuses.
 */
export async function tellDrift(environment: string, repository = repositoryOfJob()): Promise<Told> {
  return fileDrift(environment, await driftOf(environment), repository);
}

/** See `tellDrift`. */
export async function fileDrift(
  environment: string,
  drift: ReviewDocument,
  repository: Repository,
): Promise<Told> {
  const title = `Drift in ${environment}`;
  const issues = `/repos/${repository.name}/issues`;
  const open = (await askGithub(
    repository,
    "GET",
    `${issues}?state=open&labels=drift&per_page=100`,
  )) as Issue[];
  const found = open.find((issue) => issue.title === title && issue.pull_request === undefined);
  if (!drift.changes && drift.verdict === "safe") {
    if (!found) return "clean";
    await askGithub(repository, "PATCH", `${issues}/${found.number}`, {
      state: "closed",
      state_reason: "completed",
    });
    return "closed";
  }
  const body = `${markdownReport(drift, LONGEST_REPORT)}\n\nWhat to do: docs/runbook.md#drift`;
  if (found) await askGithub(repository, "PATCH", `${issues}/${found.number}`, { body });
  else await askGithub(repository, "POST", issues, { title, body, labels: ["drift"] });
  return found ? "updated" : "opened";
}

/** GitHub takes 65,536 characters; the rest is for what is said beneath. */
const LONGEST_REPORT = 65_000;

async function driftOf(environment: string): Promise<ReviewDocument> {
  const parameters = ["--import", "tsx", "pipeline/cli.ts", "drift", environment, "--format", "json"];
  const { exitCode, stdout, stderr } = await execa("node", parameters, { cwd: projectFolder, reject: false });
  if (exitCode === 1 || exitCode === undefined)
    throw new UserError(stderr || "The comparison was ended from outside.");
  return reviewDocument.parse((JSON.parse(stdout) as { drift: unknown }).drift);
}

/** https://docs.github.com/en/actions/reference/variables-reference */
function repositoryOfJob(): Repository {
  const { GITHUB_API_URL: api, GITHUB_REPOSITORY: name, GITHUB_TOKEN: token } = process.env;
  if (api && name && token) return { api, name, token };
  throw new UserError(
    "The issue is kept by a job of GitHub Actions, with GITHUB_TOKEN. Here, use: npm run drift",
  );
}
