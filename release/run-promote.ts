import { createApprover, rejectProposal } from "./approval.ts";
import {
  APPROVAL_NEEDED,
  openReleaseFor,
  prepareRollout,
  rolloutExitCode,
  type RolloutOptions,
  targetOf,
} from "./prepare-rollout.ts";
import { verifyProvenance } from "./provenance.ts";

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
    const source = await openReleaseFor(options.from, options.release);
    const target = targetOf(source.release, options.to);
    const { promote } = await import("./promote.ts");
    const rollout = prepareRollout(target, options);
    return promote({
      ...rollout,
      provenance: await verifyProvenance(source.release, rollout.onProgress),
      from: source.environment,
      fromAccess: source.access,
      approve: propose ? rejectProposal : createApprover({ approve, always: true }),
    });
  });
  return propose && code === APPROVAL_NEEDED ? 0 : code;
}
