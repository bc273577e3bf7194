import { appendFileSync } from "node:fs";
import { currentRun } from "../account/current-user.ts";
import { callGithub, currentChange, currentRepository, type GithubRepository } from "./github.ts";
import type { ReviewDocument } from "./report/document.ts";
import { explainVerdict, VERDICT_LABELS } from "./report/wording.ts";
import { planFolder, readDocument, readReview } from "./review-files.ts";

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly type?: string };
}

const PAGE_SIZE = 100;

/**
 * Writes the review of an environment to the job's summary, and to a comment on the pull request: one comment for each
 * environment, created by the first run and updated by later ones. A job of a workflow that runs after another one
 * doesn't show on the pull request, so there the commit gets a status too, `plan (<environment>)`; and a plan that
 * failed is published as that. Without a token or a pull request there is no comment.
 *
 * @param folder the output folder of `npm run plan`. Default: its default.
 * @throws UserError if there is no review, or GitHub refuses a request.
 */
export async function publishReview(environment: string, folder = planFolder(environment)): Promise<void> {
  const { pullRequest, commit } = currentChange();
  const document = readDocument(folder);
  const noReview = commit !== undefined && document === undefined ? describeFailure(environment) : undefined;
  const summary = noReview ?? readReview(folder, "summary.md");
  const review = noReview ?? readReview(folder, "review.md");
  const summaryFile = process.env["GITHUB_STEP_SUMMARY"];
  if (summaryFile) appendFileSync(summaryFile, summary);
  const repository = currentRepository();
  if (repository !== undefined && commit !== undefined)
    await setStatus(repository, commit, environment, document);
  if (repository === undefined || pullRequest === undefined) {
    console.log("No comment: there is no pull request or no GITHUB_TOKEN.");
    return;
  }
  await writeComment(repository, pullRequest, environment, review);
}

const describeFailure = (environment: string) =>
  `## ⛔ No plan: ${environment}\n\nThe plan was refused or failed; [the run](${currentRun() ?? ""}) says why.\n`;

/** https://docs.github.com/en/rest/commits/statuses */
async function setStatus(
  repository: GithubRepository,
  commit: string,
  environment: string,
  document: ReviewDocument | undefined,
): Promise<void> {
  await callGithub(repository, "POST", `/statuses/${commit}`, {
    context: `plan (${environment})`,
    state: document && document.verdict !== "blocked" ? "success" : "failure",
    description: document
      ? `${VERDICT_LABELS[document.verdict]}: ${explainVerdict(document)}`
      : "No plan: it was refused or failed",
    target_url: currentRun(),
  });
}

async function writeComment(
  repository: GithubRepository,
  pullRequest: number,
  environment: string,
  review: string,
): Promise<void> {
  // A hidden last line, by which the next run finds the comment.
  const mark = `<!-- plan review: ${environment} -->`;
  const body = `${review}\n${mark}`;
  const comments = `/issues/${pullRequest}/comments`;
  const comment = await findComment(repository, comments, mark);
  if (comment === undefined) await callGithub(repository, "POST", comments, { body });
  else await callGithub(repository, "PATCH", `/issues/comments/${comment}`, { body });
  console.log(`Comment for ${environment} ${comment === undefined ? "created" : "updated"}`);
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
