import { readFileSync } from "node:fs";
import { UserError } from "../config/user-error.ts";

/** A GitHub repository, and the access to it. */
export interface GithubRepository {
  /** The URL of the API, without a final slash. */
  readonly api: string;
  /** With its owner: `owner/name`. */
  readonly name: string;
  readonly token: string;
}

/**
 * The repository of the current job: https://docs.github.com/en/actions/reference/variables-reference
 * @returns undefined outside GitHub Actions, or without GITHUB_TOKEN.
 */
export function currentRepository(): GithubRepository | undefined {
  const { GITHUB_API_URL: api, GITHUB_REPOSITORY: name, GITHUB_TOKEN: token } = process.env;
  return api && name && token ? { api, name, token } : undefined;
}

/** GitHub writes it, also the number of the pull request: nothing of it comes from the run that went before. */
interface Event {
  readonly number?: number;
  readonly pull_request?: unknown;
  readonly workflow_run?: {
    readonly head_sha: string;
    readonly pull_requests: readonly { readonly number: number }[];
  };
}

/** The change that the current job is about: of a pull request, or of the run that a `workflow_run` follows. */
export function currentChange(): { readonly pullRequest?: number | undefined; readonly commit?: string } {
  const file = process.env["GITHUB_EVENT_PATH"];
  const event = file ? (JSON.parse(readFileSync(file, "utf8")) as Event) : {};
  const { number, pull_request: pullRequest, workflow_run: run } = event;
  if (run) return { pullRequest: run.pull_requests[0]?.number, commit: run.head_sha };
  return { pullRequest: pullRequest === undefined ? undefined : number };
}

/**
 * Calls GitHub's REST API for a repository: https://docs.github.com/en/rest
 * @param path below the repository's: `/issues`.
 * @throws UserError with GitHub's answer if it refuses the request.
 */
export async function callGithub(
  { api, name, token }: GithubRepository,
  method: "GET" | "PATCH" | "POST",
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${api}/repos/${name}${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "x-github-api-version": "2022-11-28",
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (response.ok) return response.json();
  throw new UserError(
    `GitHub refused ${method} /repos/${name}${path}: ${response.status} ${await response.text()}`,
  );
}
