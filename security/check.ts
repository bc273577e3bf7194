import { join } from "node:path";
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

try {
  const python = await install();
  report("zizmor, workflows", await checkWorkflows(python));
  await terraformVersion();
  report("checkov, prod's stacks", await checkStacks(python, join(folder, "stacks")));
} catch (error) {
  // Without Python or Terraform.
  if (!(error instanceof UserError)) throw error;
  console.error(`Not checked further: ${error.message}`);
  if (process.env["CI"] === "true") process.exitCode = 1;
}
