import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import { createApprover, rejectProposal } from "./approval.ts";
import {
  APPROVAL_NEEDED,
  openReleaseFor,
  prepareRollout,
  rolloutExitCode,
  type RolloutOptions,
  targetOf,
} from "./prepare-rollout.ts";

/** Options of `npm run promote`. */
export interface PromoteOptions extends RolloutOptions {
  readonly from: Environment;
  readonly to: Environment;
  /** Only shows the plan and its digest. It writes nothing, and takes no lock. */
  readonly propose: boolean;
}

/**
 * Promotes a release from one environment to another, and prints what it does.
 * @returns the exit code: 0 done (or, of a proposal, waits for approval), 2 needs approval, 3 blocked.
 * @throws UserError when it is refused or fails.
 */
export async function runPromote(options: PromoteOptions): Promise<number> {
  const { from, to, approve, propose, unlock } = options;
  if (from.name === to.name)
    throw new UserError(`--from and --to must be two environments (given ${to.name} for both).`);
  if (propose && unlock !== undefined)
    throw new UserError("--propose changes nothing, so it can't remove a lock. Leave out --unlock.");
  const code = await rolloutExitCode(async () => {
    const fromAccess = await checkedAccess(from);
    await checkedAccess(to);
    const release = await openReleaseFor(from, fromAccess, options.release);
    const source = await targetOf(release, from.name);
    const target = await targetOf(release, to.name);
    const { promote } = await import("./promote.ts");
    return promote({
      ...(await prepareRollout(target, options)),
      from: source.environment,
      fromAccess: source.access,
      lock: !propose,
      approve: propose ? rejectProposal : createApprover({ approve, always: true }),
    });
  });
  return propose && code === APPROVAL_NEEDED ? 0 : code;
}
