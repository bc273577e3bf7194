import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { projectFolder } from "../config/project-folder.ts";

/**
 * Checks `.github` with zizmor: https://docs.zizmor.sh
 * @param python of the environment in which zizmor is installed.
 * @returns its findings, and a line for each comment that silences one without a reason.
 */
export async function checkWorkflows(python: string): Promise<string[]> {
  const zizmor = join(dirname(python), "zizmor");
  const parameters = ["--offline", "--quiet", "--color=never", ".github"];
  const { exitCode, all } = await execa(zizmor, parameters, { cwd: projectFolder, reject: false, all: true });
  const folder = join(projectFolder, ".github/workflows");
  const unexplained = readdirSync(folder).flatMap((file) =>
    unexplainedIgnores(file, readFileSync(join(folder, file), "utf8")),
  );
  return exitCode === 0 ? unexplained : [all, ...unexplained];
}

/** A line for each comment `# zizmor: ignore[rule]` that gives no reason after it: https://docs.zizmor.sh/usage/#with-comments */
export function unexplainedIgnores(file: string, workflow: string): string[] {
  return workflow
    .split("\n")
    .flatMap((line, index) =>
      /zizmor:\s*ignore\[[^\]]*\]\s*$/.test(line)
        ? [`${file}:${index + 1}: say after the bracket why the finding stays: ${line.trim()}`]
        : [],
    );
}
