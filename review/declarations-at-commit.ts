import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../config/user-error.ts";
import { stackCode } from "../terraform/synthesize.ts";
import { git } from "./git.ts";
import { type Declarations, readDeclarations } from "./plan/declarations.ts";
import { projectFolder } from "../config/project-folder.ts";

/**
 * Synthesizes an earlier commit in a temporary work tree, with the currently installed packages, and reads what its
 * stacks declare. A stack that the commit doesn't have, such as one of a new environment, declares nothing there.
 * @param commit a name that git understands: `origin/main`, a tag, a hash.
 * @throws UserError if there is no such commit, or it can't be synthesized.
 */
export async function readDeclarationsAtCommit(
  commit: string,
  stacks: readonly string[],
): Promise<Declarations> {
  const folder = await mkdtemp(join(tmpdir(), "messaging-code-before-"));
  const tree = join(folder, "tree");
  try {
    const added = await git("worktree", "add", "--detach", tree, commit);
    if (added.exitCode !== 0)
      throw new UserError(`--since must name a commit (given ${commit}): ${added.stderr.trim()}`);
    await symlink(join(projectFolder, "node_modules"), join(tree, "node_modules"));
    const output = join(folder, "synthesized");
    const synthesized = await execa("node", ["--import", "tsx", "main.ts"], {
      cwd: tree,
      env: { CDKTF_OUTDIR: output },
      reject: false,
    });
    if (synthesized.exitCode !== 0)
      throw new UserError(`The code of ${commit} can't be synthesized: ${synthesized.stderr.trim()}`);
    const files = stacks.map((stack) => stackCode(stack, output));
    return readDeclarations(...files.filter((file) => existsSync(file)));
  } finally {
    await git("worktree", "remove", "--force", tree);
    await rm(folder, { recursive: true, force: true });
  }
}
