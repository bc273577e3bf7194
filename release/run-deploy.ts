import { UserError } from "../config/user-error.ts";
import { approvalBy, showReview } from "./approval.ts";
import { deploy } from "./deploy.ts";
import { environmentOf } from "./release.ts";
import {
  exitCodeOf,
  openRequested,
  printDeployed,
  requestedRollout,
  type RolloutOptions,
} from "./rollout-request.ts";

/** What `npm run deploy` is told. */
export interface DeployOptions extends RolloutOptions {
  /** Approves a plan that needs care. */
  readonly acceptCare: boolean;
}

/**
 * Deploys a release to an environment that is not protected, and prints what it does.
 * @returns the exit code: 0 done, 2 needs approval, 3 blocked.
 * @throws UserError when it is refused or fails.
 */
export const runDeploy = (name: string, options: DeployOptions): Promise<number> =>
  exitCodeOf(async () => {
    const { release, access } = await openRequested(name, options.release);
    const environment = environmentOf(release, name);
    if (environment.protected)
      throw new UserError(
        `${name} is protected: it gets only what was proved elsewhere. Use: npm run promote -- --from <environment> --to ${name} --release <path>`,
      );
    const rollout = requestedRollout({ release, environment, access }, options);
    const { approve, acceptCare } = options;
    await deploy({
      ...rollout,
      onReviewed: showReview,
      approve: approvalBy({ approve, acceptCare, always: false }),
    });
    printDeployed(environment, release);
  });
