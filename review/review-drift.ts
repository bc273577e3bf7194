import { join } from "node:path";
import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { projectFolder } from "../config/project-folder.ts";
import { compareEnvironment } from "../terraform/compare-environment.ts";
import { driftFromStacks, pendingFromStacks } from "./plan/drift.ts";
import { printProgress } from "./print-review.ts";
import { reviewPlan } from "./review-plan.ts";

/**
 * Reviews what changed in an environment outside Terraform, as if it were planned, and separately what is not applied
 * yet.
 * @throws UserError if the credentials are not of the environment's account, or Terraform can't plan.
 */
export async function reviewDrift(environment: Environment) {
  const { env } = await checkedAccess(environment);
  const folder = join(projectFolder, ".local", "drift", environment.name);
  const { drift, pending } = await compareEnvironment({
    environment,
    folder,
    env,
    onProgress: printProgress,
  });
  return {
    drift: await reviewPlan(driftFromStacks(drift), { name: `${environment.name} (drift)`, environment }),
    pending: await reviewPlan(pendingFromStacks(pending), {
      name: `${environment.name} (not applied yet)`,
      environment,
      refused: pending.flatMap(({ refused }) => refused),
    }),
  };
}
