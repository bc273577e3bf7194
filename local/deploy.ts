import type { Variables } from "../config/account-access.ts";
import { stackNames } from "../config/names.ts";
import { bootstrap } from "../terraform/bootstrap.ts";
import { stackFolder } from "../terraform/synthesize.ts";
import { apply, init, plan, type StackRun } from "../terraform/terraform.ts";

/** A deployment of an environment's stacks. */
export interface Deployment {
  readonly environment: string;
  /** The folder with the synthesized `stacks/`. */
  readonly output: string;
  /** Credentials and endpoint of the environment's account. */
  readonly env: Variables;
  /** File for Terraform's output. */
  readonly logFile: string;
  readonly onProgress?: (message: string) => void;
}

const PLAN_FILE = "messaging.tfplan";

/**
 * Creates the environment's state bucket, unless it exists.
 * @returns its name.
 */
export async function bootstrapEnvironment(deployment: Deployment): Promise<string> {
  return bootstrap(runOf(deployment, stackNames(deployment.environment).bootstrap));
}

/**
 * Plans the messaging stack and applies the plan.
 * @returns whether the plan had changes.
 */
export async function deployEnvironment(deployment: Deployment): Promise<boolean> {
  const run = runOf(deployment, stackNames(deployment.environment).messaging);
  await init(run);
  const changes = await plan(run, PLAN_FILE);
  if (changes) await apply(run, PLAN_FILE);
  return changes;
}

const runOf = ({ output, environment: _, ...run }: Deployment, stack: string): StackRun => ({
  ...run,
  folder: stackFolder(stack, output),
});
