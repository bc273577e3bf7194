import { accessTo } from "../config/account-access.ts";
import type { Environment } from "../config/environment.ts";
import { approvalBy, refuseProposal, showReview } from "./approval.ts";
import type { Evidence } from "./evidence.ts";
import type { SettingDifference } from "./parity/settings.ts";
import { promote } from "./promote.ts";
import { environmentOf } from "./release.ts";
import {
  APPROVAL_NEEDED,
  exitCodeOf,
  openRequested,
  printDeployed,
  requestedRollout,
  type RolloutOptions,
} from "./rollout-request.ts";

/** What `npm run promote` is told. */
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
  const code = await exitCodeOf(async () => {
    const { release, access: fromAccess } = await openRequested(options.from, options.release);
    const [from, to] = [environmentOf(release, options.from), environmentOf(release, options.to)];
    const rollout = requestedRollout({ release, environment: to, access: accessTo(to) }, options);
    await promote({
      ...rollout,
      from,
      fromAccess,
      to,
      onReviewed: showReview,
      approve: propose ? refuseProposal : approvalBy({ approve, always: true }),
      onChecked: (evidence, unseen) => {
        console.log(checkedLines(evidence, unseen, from, to).join("\n"));
      },
    });
    printDeployed(to, release);
  });
  return propose && code === APPROVAL_NEEDED ? 0 : code;
}

const checkedLines = (
  evidence: Evidence,
  unseen: readonly SettingDifference[],
  from: Environment,
  to: Environment,
) => [
  `Release ${evidence.release} passed in ${from.name} on ${evidence.ended}, deployed by ${evidence.who}`,
  `What ${from.name} has not seen of it, since ${to.name} is set otherwise:`,
  ...unseen.map(
    ({ setting, from: seen, to: set }) => `  ${setting}: ${JSON.stringify(seen)} → ${JSON.stringify(set)}`,
  ),
];
