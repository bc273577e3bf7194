import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import { createApprover } from "./approval.ts";
import {
  openReleaseFor,
  prepareRollout,
  rolloutExitCode,
  type RolloutOptions,
  targetOf,
} from "./prepare-rollout.ts";

/** Options of `npm run deploy`. */
export interface DeployOptions extends RolloutOptions {
  /** Approves a plan that needs care. */
  readonly acceptCare: boolean;
}

/**
 * Deploys a release to an environment that is not protected, and prints what it does.
 * @returns the exit code: 0 done, 2 needs approval, 3 blocked.
 * @throws UserError when it is refused or fails.
 */
export const runDeploy = (environment: Environment, options: DeployOptions): Promise<number> =>
  rolloutExitCode(async () => {
    refuseProtected(environment);
    const access = await checkedAccess(environment);
    const release = await openReleaseFor(environment, access, options.release);
    const target = await targetOf(release, environment.name);
    refuseProtected(target.environment);
    const { deploy } = await import("./deploy.ts");
    return deploy({
      ...(await prepareRollout(target, options)),
      approve: createApprover({ ...options, always: false }),
    });
  });

function refuseProtected({ name, protected: isProtected }: Environment): void {
  if (isProtected)
    throw new UserError(
      `${name} is protected: it gets only releases that passed in another environment. Use: npm run promote -- --from <environment> --to ${name} --release <path>`,
    );
}
