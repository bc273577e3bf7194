import { UserError } from "../config/user-error.ts";

/** As whom GitHub is asked, and where. */
export interface GithubAccess {
  readonly api: string;
  readonly token: string;
}

/**
 * Asks GitHub's REST API: https://docs.github.com/en/rest
 * @throws UserError with its answer, when it refuses.
 */
export async function callGithub(
  { api, token }: GithubAccess,
  method: "GET" | "PATCH" | "POST",
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "x-github-api-version": "2022-11-28",
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (response.ok) return response.json();
  throw new UserError(`GitHub refuses ${method} ${path}: ${response.status} ${await response.text()}`);
}
