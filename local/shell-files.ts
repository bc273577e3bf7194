import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Environment } from "../config/environment.ts";
import { projectFolder } from "../config/project-folder.ts";
import { localAccount } from "./accounts.ts";
import { environmentFor, stateFolder } from "./embedded-aws/embedded-aws.ts";

/** What a shell needs to act as the root user of an environment's account in the embedded AWS. */
export const SHELL_VARIABLES = [
  "AWS_ENDPOINT_URL",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
] as const;

const EXTENSION = ".sh";

/**
 * Writes a file that a shell can source, to act in an environment's account of an embedded AWS.
 * @param folder Default: `.local/embedded-aws` in the project's folder.
 * @returns its path in the project.
 */
export function writeShellFile(environment: Environment, endpoint: string, folder = stateFolder): string {
  const { name, region } = environment;
  const variables: Record<string, string | undefined> = {
    ...environmentFor(endpoint, localAccount(environment)),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
  const lines = [
    `# The account of ${name} in the embedded AWS; npm stop removes this file.`,
    "unset AWS_PROFILE AWS_SESSION_TOKEN",
    ...SHELL_VARIABLES.map((variable) => `export ${variable}='${variables[variable] ?? ""}'`),
  ];
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}${EXTENSION}`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  return relative(projectFolder, file);
}

/**
 * Removes the files for shells.
 * @returns their paths in the project.
 */
export function removeShellFiles(folder = stateFolder): string[] {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder).filter((name) => name.endsWith(EXTENSION));
  return files.map((name) => {
    rmSync(join(folder, name));
    return relative(projectFolder, join(folder, name));
  });
}
