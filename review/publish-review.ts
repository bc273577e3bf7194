import { appendFileSync, readFileSync } from "node:fs";
import { callGithub, currentRepository, type GithubRepository } from "./github.ts";
import { planFolder, readReview } from "./review-files.ts";

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly type?: string };
}

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
  const repository = currentRepository();
  const pullRequest = currentPullRequest();
  if (repository === undefined || pullRequest === undefined) {
    console.log("No comment: there is no pull request or no GITHUB_TOKEN.");
    return;
  }
  // A hidden last line, by which the next run finds the comment.
  const mark = `<!-- plan review: ${environment} -->`;
  const body = `${readReview(folder, "review.md")}\n${mark}`;
  const comments = `/issues/${pullRequest}/comments`;
  const comment = await findComment(repository, comments, mark);
  if (comment === undefined) await callGithub(repository, "POST", comments, { body });
  else await callGithub(repository, "PATCH", `/issues/comments/${comment}`, { body });
  console.log(`Comment for ${environment} ${comment === undefined ? "created" : "updated"}`);
}

/** The number of the pull request that the current job runs for. */
function currentPullRequest(): number | undefined {
  const event = process.env["GITHUB_EVENT_PATH"];
  if (!event) return undefined;
  const { number, pull_request: pullRequest } = JSON.parse(readFileSync(event, "utf8")) as {
    number?: number;
    pull_request?: unknown;
  };
  return pullRequest === undefined ? undefined : number;
}

/** The id of the bot's comment that ends with the mark. */
async function findComment(repository: GithubRepository, path: string, mark: string) {
  for (let page = 1; ; page++) {
    const pagePath = `${path}?per_page=${PAGE_SIZE}&page=${page}`;
    const comments = (await callGithub(repository, "GET", pagePath)) as readonly Comment[];
    const found = comments.find(
      ({ body = "", user }) => user?.type === "Bot" && body.trimEnd().endsWith(mark),
    );
    if (found) return found.id;
    if (comments.length < PAGE_SIZE) return undefined;
  }
}
