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

/** The page of the current job's run. */
export function currentRun(): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_RUN_ID: run } = process.env;
  return `${server ?? ""}/${name ?? ""}/actions/runs/${run ?? ""}`;
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
