import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../config/user-error.ts";
import type { Variables } from "../account/access.ts";
import { projectFolder } from "../config/project-folder.ts";

/** Where synthesis puts its output unless told otherwise; CDKTF's own default. */
export const defaultOutput = join(projectFolder, "cdktf.out");

/**
 * Synthesizes every stack of every environment, as `cdktf synth` does. Warnings go to standard error.
 * @param output the folder that gets `stacks/`. Default: `cdktf.out`.
 * @throws UserError with the faults of the configuration.
 */
export async function synthesize(output = defaultOutput, env: Variables = {}): Promise<void> {
  mkdirSync(output, { recursive: true });
  const { exitCode, stderr } = await execa("node", ["--import", "./typescript.mjs", "main.ts"], {
    cwd: projectFolder,
    env: { ...env, CDKTF_OUTDIR: output },
    reject: false,
  });
  if (exitCode !== 0) throw new UserError(stderr || "Synthesis was terminated.");
  for (const line of stderr.split("\n")) if (line.startsWith("Warning: ")) console.error(line);
}

/** The folder of one synthesized stack. */
export const stackFolder = (stack: string, output = defaultOutput) => join(output, "stacks", stack);

/** The code of one synthesized stack. */
export const stackCode = (stack: string, output = defaultOutput) =>
  join(stackFolder(stack, output), "cdk.tf.json");
