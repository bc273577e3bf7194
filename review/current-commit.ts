import { git } from "./git.ts";

/** A commit, and whether the checkout has changes besides it. */
export interface Commit {
  readonly hash: string;
  readonly isDirty: boolean;
}

/** The commit of this checkout; undefined if it is none of git's. */
export async function currentCommit(): Promise<Commit | undefined> {
  const [head, status] = await Promise.all([git("rev-parse", "HEAD"), git("status", "--porcelain")]);
  return head.exitCode === 0 ? { hash: head.stdout.trim(), isDirty: status.stdout !== "" } : undefined;
}
