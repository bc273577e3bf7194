import { initialize, planned, type PlanRequest, prepare, type StackPlan } from "./plan.ts";

/** How an environment stands, stack by stack. */
export interface Standing {
  /** The state against AWS: what changed outside Terraform. */
  readonly drift: readonly StackPlan[];
  /** The code against the state: what is not applied yet. */
  readonly pending: readonly StackPlan[];
}

/**
 * Compares AWS with the state, and the state with the code, each apart from the other. Changes neither.
 * @throws UserError when Terraform can't plan.
 */
export async function standingOf(request: Omit<PlanRequest, "offline">): Promise<Standing> {
  const { environment, onProgress = () => undefined } = request;
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
