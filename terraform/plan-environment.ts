import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Variables } from "../account/access.ts";
import type { Environment } from "../config/environment.ts";
import { stackNames } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { makeOffline } from "./offline.ts";
import { type PlanJson, readPlanJson } from "./plan-json.ts";
import { stackFolder, synthesize } from "./synthesize.ts";
import {
  initWithBucket,
  plan,
  showPlan,
  type StackRun,
  TerraformError,
  terraformVersion,
} from "./terraform.ts";
import { copyUntrustedStacks } from "./untrusted-stacks.ts";

/** What to plan, and where to put it. */
export interface PlanRequest {
  readonly environment: Environment;
  /** Folder for the synthesized stacks, each with its saved plan and the plan's JSON. Emptied first. */
  readonly folder: string;
  /** Credentials of the environment's account, from `checkedAccess`. Default: none, for an offline plan. */
  readonly env?: Variables | undefined;
  /** Plan from an empty state, without credentials and without AWS. Default: against the state and AWS. */
  readonly offline?: boolean;
  /** Folder with stacks that untrusted code synthesized, to plan instead of this checkout's. Default: this checkout's. */
  readonly synthesized?: string | undefined;
  readonly onProgress: (message: string) => void;
}

/** The plan of a stack. */
export interface StackPlan {
  readonly stack: string;
  /** The folder with its `cdk.tf.json`, `plan.json` and, unless it was refused, `plan.tfplan`. */
  readonly folder: string;
  readonly json: PlanJson;
  /** The addresses of what Terraform refuses to destroy; the JSON then says what it would do without that guard. */
  readonly refused: readonly string[];
}

/** In the folder of a plan of untrusted stacks, where this checkout's own stacks are, which they were compared with. */
export const trustedStacks = (folder: string) => join(folder, "trusted");

/** In a stack's folder, the plan that `planned` saved. */
export const PLAN_FILE = "plan.tfplan";

/**
 * Plans every stack of an environment, changing nothing: neither AWS nor the state.
 * @throws UserError when Terraform can't plan.
 */
export async function planEnvironment(request: PlanRequest): Promise<StackPlan[]> {
  const { environment, offline, onProgress } = request;
  const plans: StackPlan[] = [];
  for (const { stack, run } of await prepare(request)) {
    onProgress(`Planning ${stack}`);
    await initialize(run, environment);
    const saved = await planned(run, ...(offline ? ["-refresh=false"] : []));
    plans.push({ stack, folder: run.folder, ...saved });
  }
  return plans;
}

/** Synthesizes, and says how Terraform is run in each of the environment's stacks. */
export async function prepare(request: PlanRequest): Promise<{ stack: string; run: StackRun }[]> {
  const { environment, folder, env, offline, synthesized, onProgress } = request;
  await terraformVersion();
  if (synthesized !== undefined && !relative(folder, synthesized).startsWith(".."))
    throw new UserError(
      `--synthesized must not be in ${folder}, which is emptied first (given ${synthesized})`,
    );
  rmSync(folder, { recursive: true, force: true });
  // A saved plan contains the state, secrets included.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  onProgress("Synthesizing");
  const { bootstrap, messaging } = stackNames(environment.name);
  const stacks = [messaging, bootstrap];
  if (synthesized === undefined) await synthesize(folder);
  else {
    const trusted = trustedStacks(folder);
    await synthesize(trusted);
    copyUntrustedStacks({ from: synthesized, to: folder, trusted, stacks });
  }
  return stacks.map((stack) => {
    const logFile = join(folder, "terraform.log");
    const run = { folder: stackFolder(stack, folder), logFile, ...(env && { env }) };
    return { stack, run: offline ? makeOffline(run) : run };
  });
}

/** Initializes; if there is no state bucket, the error says what to do. */
export async function initialize(run: StackRun, environment: Environment): Promise<void> {
  if (await initWithBucket(run)) return;
  throw new UserError(
    `There is no state bucket ${environment.state.bucket} yet. Make it with: npm run bootstrap -- ${environment.name}. ` +
      `Without an account: npm run plan -- ${environment.name} --offline`,
  );
}

/**
 * Plans a stack and reads the plan. If Terraform refuses because of prevent_destroy, it plans again without it to show
 * what would happen; that plan file is deleted, so that it can't be applied.
 */
export async function planned(
  run: StackRun,
  ...options: readonly string[]
): Promise<Pick<StackPlan, "json" | "refused">> {
  // A plan for review takes no lock: that would need permission to write.
  const parameters = ["-lock=false", ...options];
  const override = join(run.folder, UNGUARDED_OVERRIDE);
  const refused = await planWithout([], override, run, parameters).finally(() => {
    rmSync(override, { force: true });
  });
  const json = JSON.stringify(await showPlan(run, PLAN_FILE));
  if (refused.length > 0) rmSync(join(run.folder, PLAN_FILE));
  const file = join(run.folder, "plan.json");
  writeFileSync(file, json, { mode: 0o600 });
  return { json: readPlanJson(json, file), refused };
}

/**
 * Plans, without prevent_destroy for the resources that Terraform has refused to destroy so far.
 * @returns the addresses of all that it refuses.
 */
async function planWithout(
  refused: readonly string[],
  override: string,
  run: StackRun,
  parameters: readonly string[],
): Promise<readonly string[]> {
  if (refused.length > 0) writeFileSync(override, unguarded(refused));
  try {
    await plan(run, PLAN_FILE, ...parameters);
    return refused;
  } catch (error) {
    // Terraform doesn't look at what the refused resources depend on, so it can refuse more the next time.
    const more = protectedAddresses(error).filter((address) => !refused.includes(address));
    if (more.length === 0) throw error;
    return planWithout([...refused, ...more], override, run, parameters);
  }
}

/** Read after every other override: https://developer.hashicorp.com/terraform/language/files/override */
const UNGUARDED_OVERRIDE = "unguarded_override.tf.json";

/** @throws the error itself when it isn't that Terraform refuses to destroy. */
function protectedAddresses(error: unknown): readonly string[] {
  const message = error instanceof TerraformError ? error.message : "";
  const found = [...message.matchAll(/Resource\s+(\S+)\s+has\s+lifecycle\.prevent_destroy\s+set/g)];
  if (found.length === 0) throw error;
  return found.map(([, address = ""]) => address);
}

function unguarded(addresses: readonly string[]): string {
  const resource: Record<string, Record<string, unknown>> = {};
  for (const address of addresses) {
    const [type = "", name = ""] = address.replace(/\[.*$/, "").split(".");
    resource[type] = { ...resource[type], [name]: { lifecycle: { prevent_destroy: false } } };
  }
  return JSON.stringify({ resource });
}
