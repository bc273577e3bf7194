import { userInfo } from "node:os";

/** Who runs this, for evidence: GitHub's actor and run, or the user of this machine. */
export function currentUser(): string {
  const { GITHUB_ACTOR: actor } = process.env;
  return actor === undefined ? userInfo().username : `${actor} (${currentRun()})`;
}

/** The page of the current job's run; undefined outside GitHub Actions. */
export function currentRun(): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_RUN_ID: run } = process.env;
  return server && name && run ? `${server}/${name}/actions/runs/${run}` : undefined;
}
