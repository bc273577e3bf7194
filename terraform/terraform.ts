import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { Variables } from "../account/access.ts";
import { projectFolder } from "../config/project-folder.ts";
import { UserError } from "../config/user-error.ts";
import { findProviderMirror, terraformCliConfig } from "./provider-mirror.ts";

/** One stack's folder, and how Terraform is run in it. */
export interface StackRun {
  /** The folder that holds `cdk.tf.json`. */
  readonly folder: string;
  /** On top of this process's environment. Default: nothing. */
  readonly env?: Variables;
  /** File that gets Terraform's full output. Default: none. */
  readonly logFile?: string;
  /** Called with each step, in Terraform's words. */
  readonly onProgress?: (message: string) => void;
}

/** Terraform failed: because of its configuration, or of what AWS answered. */
export class TerraformError extends UserError {}

const OLDEST_VERSION = [1, 10] as const;

/** `terraform`, or what `TERRAFORM_BINARY_NAME` says, which is CDKTF's own variable too. */
const binary = () => process.env["TERRAFORM_BINARY_NAME"] ?? "terraform";

/**
 * The version of Terraform on this machine.
 * @throws UserError when there is none, or an older one than 1.10, which can't lock the state in its bucket.
 */
export async function terraformVersion(): Promise<string> {
  const howTo =
    "Get it from https://developer.hashicorp.com/terraform/install, or name another with TERRAFORM_BINARY_NAME.";
  const found = await execa(binary(), ["version", "-json"], { reject: false, env: runEnvironment() });
  if (found.exitCode !== 0)
    throw new UserError(`Terraform is needed, and "${binary()}" can't be run. ${howTo}`);
  const { terraform_version: version } = JSON.parse(found.stdout) as { terraform_version: string };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1]))
    throw new UserError(
      `Terraform must be at least ${OLDEST_VERSION.join(".")} (given ${version}). ${howTo}`,
    );
  return version;
}

/** Initializes the folder: installs the locked provider and configures the backend. */
export async function init(run: StackRun, ...options: string[]): Promise<void> {
  await terraform(run, ["init", "-no-color", "-input=false", "-lockfile=readonly", ...options]);
}

/**
 * Initializes the folder with the backend that it has now.
 * @returns whether there is the bucket for its state; if not, the folder is not initialized.
 */
export async function initWithBucket(run: StackRun): Promise<boolean> {
  try {
    await init(run, "-reconfigure");
    return true;
  } catch (error) {
    if (error instanceof TerraformError && /S3 bucket "[^"]*" does not exist/.test(error.message))
      return false;
    throw error;
  }
}

/** Plans into a file. @returns whether the plan has changes. */
export async function plan(run: StackRun, planFile: string, ...options: string[]): Promise<boolean> {
  const parameters = ["-json", "-input=false", "-detailed-exitcode", `-out=${planFile}`, ...options];
  return (await terraform(run, ["plan", ...parameters])) === 2;
}

/** Applies a saved plan. */
export async function apply(run: StackRun, planFile: string): Promise<void> {
  await terraform(run, ["apply", "-json", "-input=false", planFile]);
}

/** Removes a stale lock on the state by its id. */
export async function forceUnlock(run: StackRun, lock: string): Promise<void> {
  await terraform(run, ["force-unlock", "-force", lock]);
}

/** Destroys the whole stack; fails if a resource has prevent_destroy. */
export async function destroy(run: StackRun): Promise<void> {
  await terraform(run, ["destroy", "-json", "-input=false", "-auto-approve"]);
}

/** A saved plan as JSON: https://developer.hashicorp.com/terraform/internals/json-format */
export const showPlan = async (run: StackRun, planFile: string): Promise<unknown> =>
  JSON.parse(await stdoutOf(run, "show", "-json", planFile));

/** An output of the stack as it was applied, a text. */
export const readOutput = (run: StackRun, name: string): Promise<string> =>
  stdoutOf(run, "output", "-raw", name);

async function stdoutOf(run: StackRun, ...parameters: readonly string[]): Promise<string> {
  const child = await execa(binary(), parameters, {
    cwd: run.folder,
    env: runEnvironment(run.env),
    reject: false,
  });
  if (child.exitCode !== 0)
    throw new TerraformError(`terraform ${parameters[0] ?? ""} failed in ${run.folder}:\n${child.stderr}`);
  return child.stdout;
}

async function terraform(run: StackRun, parameters: readonly string[]): Promise<number> {
  const child = execa(binary(), parameters, {
    cwd: run.folder,
    env: runEnvironment(run.env),
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
    // An interrupted Terraform needs time to write its state.
    forceKillAfterDelay: 60_000,
  });
  log(run, `$ terraform ${parameters.join(" ")}`);
  const faults: string[] = [];
  for await (const line of createInterface({ input: child.all })) {
    log(run, line);
    const { progress, fault } = parseLine(line);
    if (progress !== undefined) run.onProgress?.(progress);
    if (fault !== undefined) faults.push(fault);
  }
  const { exitCode, signal } = await child;
  if (exitCode === 0 || (exitCode === 2 && parameters.includes("-detailed-exitcode"))) return exitCode;
  const firstError = faults.findIndex((line) => line.includes("Error:"));
  throw new TerraformError(
    [
      `terraform ${parameters[0] ?? ""} failed in ${run.folder}${signal ? ` (ended by ${signal})` : ""}:`,
      ...faults.slice(Math.max(0, firstError)),
      ...(faults.some((fault) => fault.includes("Provider configuration not present"))
        ? [REGION_IS_GONE]
        : []),
      ...(run.logFile === undefined ? [] : [`The full output of Terraform is in ${run.logFile}`]),
    ].join("\n"),
  );
}

/** What to do where resources are in a region that the code no longer has a provider for. */
const REGION_IS_GONE =
  "The settings no longer have a region in which there are replicas, or a vault: until they are removed, add it to formerRegions. See docs/regions.md";

/** Terraform's machine-readable messages: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
interface TerraformMessage {
  readonly type: string;
  readonly "@message": string;
  readonly diagnostic?: { severity: string; summary: string; detail?: string; address?: string };
}

function parseLine(line: string): { progress?: string; fault?: string } {
  let message: TerraformMessage;
  try {
    message = JSON.parse(line) as TerraformMessage;
  } catch {
    return line.trim() === "" ? {} : { fault: line };
  }
  const { type, diagnostic } = message;
  if (diagnostic?.severity === "error") {
    const { summary, detail = "", address } = diagnostic;
    return {
      fault: `${address === undefined ? "" : `${address}: `}${summary}${detail && `\n  ${detail.replaceAll("\n", "\n  ")}`}`,
    };
  }
  return /^(apply_(start|complete)|change_summary)$/.test(type) ? { progress: message["@message"] } : {};
}

function runEnvironment(env: Variables = {}): Variables {
  return {
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    // Terraform and the provider are Go programs that end soon: to collect garbage less often saves a quarter of their
    // processor time, and takes little more memory. https://pkg.go.dev/runtime#hdr-Environment_Variables
    GOGC: process.env["GOGC"] ?? "400",
    TF_CLI_CONFIG_FILE: terraformCliConfig(),
    ...(findProviderMirror() === undefined && { TF_PLUGIN_CACHE_DIR: pluginCache() }),
    ...env,
  };
}

/** One copy of the provider for all stacks, where it comes from the registry. */
function pluginCache(): string {
  const folder = process.env["TF_PLUGIN_CACHE_DIR"] ?? join(projectFolder, ".local", "terraform-plugins");
  mkdirSync(folder, { recursive: true });
  return folder;
}

function log({ logFile }: StackRun, line: string): void {
  if (logFile === undefined) return;
  mkdirSync(dirname(logFile), { recursive: true });
  appendFileSync(logFile, `${line}\n`);
}
