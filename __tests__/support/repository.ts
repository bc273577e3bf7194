import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { execa, type Options } from "execa";
import { projectFolder } from "../../config/project-folder.ts";
import { useTestEnvironments } from "./environments.ts";

/** Files of a release. */
const sources = [
  "account",
  "analytics",
  "commands",
  "config",
  "constructs",
  "lambdas",
  "messaging",
  "release",
  "repair",
  "restore",
  "status",
  "review",
  "stacks",
  "terraform",
  "main.ts",
  "run.mjs",
  "typescript.mjs",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "cdktf.json",
  "terraform.lock.hcl",
  ".gitignore",
];

/** Fixed author and time, so that the same content gives the same commit id. */
const identity = {
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.com",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.com",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

/** Runs git in a folder, with the fixed author and time. */
export async function git(folder: string, ...parameters: readonly string[]): Promise<string> {
  const { stdout } = await execa("git", parameters, { cwd: folder, env: identity });
  return stdout;
}

/** Copies the project's sources, uncommitted changes included, and links node_modules. */
export function copySources(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const source of sources)
    cpSync(join(projectFolder, source), join(folder, source), { recursive: true });
  linkPackages(folder);
}

/** Creates a git repository with one commit: the project's sources with the tests' environments. */
export async function makeRepository(folder: string): Promise<string> {
  copySources(folder);
  useTestEnvironments(folder);
  await git(folder, "init", "--quiet", "--initial-branch=main");
  hidePackages(folder);
  await commitAll(folder, "Begin");
  return folder;
}

/** Clones a repository and links node_modules. */
export async function cloneRepository(from: string, to: string): Promise<string> {
  await git(from, "clone", "--quiet", from, to);
  linkPackages(to);
  hidePackages(to);
  return to;
}

/** Replaces a text in a file, which must have it. */
export function editFile(file: string, from: string, to: string): void {
  const before = readFileSync(file, "utf8");
  expect(before).toContain(from);
  writeFileSync(file, before.replace(from, to));
}

/** Commits all changes. */
export async function commitAll(folder: string, message: string): Promise<void> {
  await git(folder, "add", "--all");
  await git(folder, "commit", "--quiet", "--message", message);
}

/** The commands that are run without "run": `npm start`. */
const LOCAL_COMMANDS = ["start", "stop"];

/** Runs a command of the project in a checkout, as npm does. The caller checks the exit code. */
export const runIn = (folder: string, parameters: readonly string[], options: Pick<Options, "env"> = {}) => {
  const program = LOCAL_COMMANDS.includes(parameters[0] ?? "") ? "local/index.ts" : "commands/index.ts";
  return execa("node", ["--import", "./typescript.mjs", program, ...parameters], {
    cwd: folder,
    reject: false,
    // As on a laptop, wherever the tests run.
    env: { AWS_ENDPOINT_URL: undefined, GITHUB_ACTIONS: undefined, NO_COLOR: "1", ...options.env },
  });
};

const linkPackages = (folder: string) => {
  symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"));
};

/** .gitignore ignores the folder node_modules, but not a link of that name. */
export const hidePackages = (folder: string) => {
  writeFileSync(join(folder, ".git/info/exclude"), "node_modules\n");
};
