import { execa } from "execa";
import { projectFolder } from "../config/project-folder.ts";

/** Runs git in this checkout, and leaves it to the caller what a failure means. */
export const git = (...parameters: readonly string[]) =>
  execa("git", parameters, { cwd: projectFolder, reject: false });
