import { execa } from "execa";
import { acceptedFindings } from "./accepted-findings.ts";
import { faultsOf, readFindings } from "./findings.ts";
import { planStacks } from "./plan-stacks.ts";

/**
 * Checks a plan of prod's stacks with checkov: https://www.checkov.io
 * @param python of the environment in which checkov is installed.
 * @param folder for the stacks and their plan.
 * @returns its findings that are not accepted, and what is accepted and not found.
 */
export async function checkStacks(python: string, folder: string): Promise<string[]> {
  const { file, resources } = await planStacks(folder);
  // With --skip-download it calls nobody; with --soft-fail it fails only if it can't do its work.
  const parameters = [
    "--framework",
    "terraform_plan",
    "--skip-download",
    "--soft-fail",
    "--quiet",
    "--compact",
  ];
  const checkov = ["-m", "checkov.main", "--file", file, ...parameters, "--output", "json"];
  const { stdout } = await execa(python, checkov);
  return faultsOf(readFindings(stdout, resources), acceptedFindings);
}
