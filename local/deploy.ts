import type { Variables } from "../account/access.ts";
import { stackNames } from "../config/names.ts";
import { bootstrap, type BootstrapOutcome } from "../terraform/bootstrap.ts";
import { stackFolder } from "../terraform/synthesize.ts";
import { apply, init, plan, readOutput, type StackRun } from "../terraform/terraform.ts";

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
 * Creates the environment's state bucket, or updates it.
 * @returns which of them was necessary.
 */
export function bootstrapEnvironment(deployment: Deployment): Promise<BootstrapOutcome> {
  return bootstrap(runOf(deployment, "bootstrap"));
}

/**
 * Plans the messaging stack and applies the plan.
 * @returns whether the plan had changes.
 */
export async function deployEnvironment(deployment: Deployment): Promise<boolean> {
  const run = runOf(deployment, "messaging");
  await init(run);
  const changes = await plan(run, PLAN_FILE);
  if (changes) await apply(run, PLAN_FILE);
  return changes;
}

/** What clients of the environment's cache connect to. */
export const cacheEndpoint = (deployment: Deployment): Promise<string> =>
  readOutput(runOf(deployment, "messaging"), "cache_endpoint");

const runOf = ({ environment, output, ...run }: Deployment, stack: "bootstrap" | "messaging"): StackRun => ({
  ...run,
  folder: stackFolder(stackNames(environment)[stack], output),
});
