import { appendFileSync, readFileSync } from "node:fs";
import { callGithub, type GithubAccess } from "./github.ts";
import { planFolder, readReview } from "./review-files.ts";

/** A job of GitHub Actions for a pull request: https://docs.github.com/en/actions/reference/variables-reference */
interface Job extends GithubAccess {
  readonly repository: string;
  readonly pullRequest: number;
}

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly type?: string };
}

/** A hidden last line, by which the next run finds the comment. */
const markOf = (environment: string) => `<!-- plan review: ${environment} -->`;

const PAGE_SIZE = 100;

/**
 * Writes the review of an environment to the job's summary, and to a comment on the pull request: one comment for each
 * environment, created by the first run and updated by later ones. Without a token or a pull request there is no
 * comment.
 *
 * @param folder the output folder of `npm run plan`. Default: its default.
 * @throws UserError if there is no review, or GitHub refuses a request.
 */
export async function publishReview(environment: string, folder = planFolder(environment)): Promise<void> {
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary) appendFileSync(summary, readReview(folder, "summary.md"));
  const job = currentJob();
  if (job === undefined) {
    console.log("No comment: there is no pull request or no GITHUB_TOKEN.");
    return;
  }
  const mark = markOf(environment);
  const body = `${readReview(folder, "review.md")}\n${mark}`;
  const comment = await findComment(job, mark);
  const path = `/repos/${job.repository}/issues`;
  if (comment === undefined) await callGithub(job, "POST", `${path}/${job.pullRequest}/comments`, { body });
  else await callGithub(job, "PATCH", `${path}/comments/${comment}`, { body });
  console.log(`Comment for ${environment} ${comment === undefined ? "created" : "updated"}`);
}

function currentJob(): Job | undefined {
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

/** Finds the bot's comment that ends with the mark. */
async function findComment(job: Job, mark: string): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const comments = (await callGithub(
      job,
      "GET",
      `/repos/${job.repository}/issues/${job.pullRequest}/comments?per_page=${PAGE_SIZE}&page=${page}`,
    )) as readonly Comment[];
    const found = comments.find(
      ({ body = "", user }) => user?.type === "Bot" && body.trimEnd().endsWith(mark),
    );
    if (found) return found.id;
    if (comments.length < PAGE_SIZE) return undefined;
  }
}
