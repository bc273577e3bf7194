import { accessTo } from "../config/account-access.ts";
import { createApprover, rejectProposal } from "./approval.ts";
import { promote } from "./promote.ts";
import { environmentInRelease } from "./release.ts";
import {
  APPROVAL_NEEDED,
  openReleaseFor,
  prepareRollout,
  rolloutExitCode,
  type RolloutOptions,
} from "./prepare-rollout.ts";

/** Options of `npm run promote`. */
export interface PromoteOptions extends RolloutOptions {
  readonly from: string;
  readonly to: string;
  /** Only shows the plan and its digest. */
  readonly propose: boolean;
}

/**
 * Promotes a release from one environment to another, and prints what it does.
 * @returns the exit code: 0 done (or, of a proposal, waits for approval), 2 needs approval, 3 blocked.
 * @throws UserError when it is refused or fails.
 */
export async function runPromote(options: PromoteOptions): Promise<number> {
  const { approve, propose } = options;
  const code = await rolloutExitCode(async () => {
    const { release, access: fromAccess } = await openReleaseFor(options.from, options.release);
    const from = environmentInRelease(release, options.from);
    const to = environmentInRelease(release, options.to);
    return promote({
      ...prepareRollout(release, to, accessTo(to), options),
      from,
      fromAccess,
      approve: propose ? rejectProposal : createApprover({ approve, always: true }),
    });
  });
  return propose && code === APPROVAL_NEEDED ? 0 : code;
}
