import { appendFileSync, readFileSync } from "node:fs";
import { callGithub, type GithubAccess } from "./github.ts";
import { planFolder, readReview } from "./review-files.ts";

/** What GitHub tells a job of itself: https://docs.github.com/en/actions/reference/variables-reference */
interface Job extends GithubAccess {
  readonly repository: string;
  readonly pullRequest: number;
}

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly type?: string };
}

/** By which the comment of an earlier run is found again; not shown. */
const markOf = (environment: string) => `<!-- plan review: ${environment} -->`;

const PAGE = 100;

/**
 * Puts the review of an environment into the job's summary, in full, and into the one comment that the pull request
 * has for it: made the first time, brought up to date after that. Without a token, or without a pull request, there
 * is no comment.
 *
 * @param folder where `npm run plan` put the review. Default: where it does unless told otherwise.
 * @throws UserError when there is no review, or GitHub refuses.
 */
export async function publishReview(environment: string, folder = planFolder(environment)): Promise<void> {
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary) appendFileSync(summary, readReview(folder, "summary.md"));
  const job = jobOf();
  if (job === undefined) {
    console.log("No comment: there is no pull request, or no GITHUB_TOKEN.");
    return;
  }
  const mark = markOf(environment);
  const body = `${readReview(folder, "review.md")}\n${mark}`;
  const earlier = await findComment(job, mark);
  const path = `/repos/${job.repository}/issues`;
  if (earlier === undefined) await callGithub(job, "POST", `${path}/${job.pullRequest}/comments`, { body });
  else await callGithub(job, "PATCH", `${path}/comments/${earlier}`, { body });
  console.log(`Comment ${earlier === undefined ? "made" : "brought up to date"}: ${environment}`);
}

function jobOf(): Job | undefined {
  const { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = process.env;
  const event = process.env["GITHUB_EVENT_PATH"];
  if (!api || !repository || !token || !event) return undefined;
  const { number, pull_request: pullRequest } = JSON.parse(readFileSync(event, "utf8")) as {
    number?: number;
    pull_request?: unknown;
  };
  return pullRequest === undefined || number === undefined
    ? undefined
    : { api, repository, token, pullRequest: number };
}

/** The newest comment of a robot's that carries the mark. */
async function findComment(job: Job, mark: string): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const comments = (await callGithub(
      job,
      "GET",
      `/repos/${job.repository}/issues/${job.pullRequest}/comments?per_page=${PAGE}&page=${page}`,
    )) as readonly Comment[];
    const found = comments.find(
      ({ body = "", user }) => user?.type === "Bot" && body.trimEnd().endsWith(mark),
    );
    if (found) return found.id;
    if (comments.length < PAGE) return undefined;
  }
}
