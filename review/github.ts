import { UserError } from "../config/user-error.ts";

/** Where and how to call GitHub. */
export interface GithubAccess {
  /** The URL of the API, without a final slash. */
  readonly api: string;
  readonly token: string;
}

/**
 * Calls GitHub's REST API: https://docs.github.com/en/rest
 * @throws UserError with GitHub's answer if it refuses the request.
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
  throw new UserError(`GitHub refused ${method} ${path}: ${response.status} ${await response.text()}`);
}
