import { initialize, planned, type PlanRequest, prepare, type StackPlan } from "./plan-environment.ts";

/** How an environment differs from its state, and its state from the code, stack by stack. */
export interface Comparison {
  /** AWS against the state: what changed outside Terraform. */
  readonly drift: readonly StackPlan[];
  /** The code against the state: what is not applied yet. */
  readonly pending: readonly StackPlan[];
}

/**
 * Compares AWS with the state, and the code with the state, separately. Changes neither.
 * @throws UserError when Terraform can't plan.
 */
export async function compareEnvironment(
  request: Omit<PlanRequest, "offline" | "synthesized">,
): Promise<Comparison> {
  const { environment, onProgress } = request;
  const [drift, pending]: [StackPlan[], StackPlan[]] = [[], []];
  for (const { stack, run } of await prepare(request)) {
    onProgress(`Comparing ${stack} with AWS`);
    await initialize(run, environment);
    const { folder } = run;
    drift.push({ stack, folder, ...(await planned(run, "-refresh-only")) });
    pending.push({ stack, folder, ...(await planned(run, "-refresh=false")) });
  }
  return { drift, pending };
}
