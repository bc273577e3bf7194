import { join } from "node:path";
import { Command } from "commander";
import { runCommandLine } from "../commands/command-line.ts";
import { projectFolder } from "../config/project-folder.ts";
import { UserError } from "../config/user-error.ts";
import { installPackages } from "../local/embedded-aws/install.ts";
import { terraformVersion } from "../terraform/terraform.ts";
import { checkStacks } from "./check-stacks.ts";
import { checkWorkflows } from "./check-workflows.ts";

const folder = join(projectFolder, ".local/security");

/** Takes some 10 seconds the first time. */
const install = () =>
  installPackages({
    neededBy: "npm run check:security",
    minimumPython: "3.11",
    requirementsFile: join(import.meta.dirname, "requirements.txt"),
    pipFile: join(import.meta.dirname, "pip.txt"),
    folder,
    onProgress: (message) => {
      if (!message.startsWith("installing")) console.log(`${message} for checkov and zizmor, once`);
    },
  });

function report(what: string, faults: readonly string[]): void {
  if (faults.length === 0) console.log(`${what}: nothing that isn't explained`);
  else console.error([`${what}:`, ...faults].join("\n  "));
  if (faults.length > 0) process.exitCode = 1;
}

/** Where a tool is missing, the check is left out and says so; with `CI=true` it fails. */
async function ifThere<T>(tool: Promise<T>): Promise<T | undefined> {
  try {
    return await tool;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`Not checked further: ${error.message}`);
    if (process.env["CI"] === "true") process.exitCode = 1;
    return undefined;
  }
}

async function checkSecurity(): Promise<void> {
  const python = await ifThere(install());
  if (python === undefined) return;
  report("zizmor, workflows", await checkWorkflows(python));
  if ((await ifThere(terraformVersion())) === undefined) return;
  report("checkov, prod's stacks", await checkStacks(python, join(folder, "stacks")));
}

await runCommandLine(
  new Command("npm run check:security")
    .description("check the workflows with zizmor and a plan of prod with checkov")
    .action(checkSecurity),
);
