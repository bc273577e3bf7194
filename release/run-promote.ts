import { accessTo } from "../config/account-access.ts";
import type { Environment } from "../config/environment.ts";
import { createApprover, rejectProposal, printPlanReview } from "./approval.ts";
import type { Evidence } from "./evidence.ts";
import type { SettingDifference } from "./parity/setting-differences.ts";
import { promote } from "./promote.ts";
import { environmentInRelease } from "./release.ts";
import {
  APPROVAL_NEEDED,
  rolloutExitCode,
  openReleaseFor,
  printDeployed,
  prepareRollout,
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
    const [from, to] = [
      environmentInRelease(release, options.from),
      environmentInRelease(release, options.to),
    ];
    const rollout = prepareRollout({ release, environment: to, access: accessTo(to) }, options);
    await promote({
      ...rollout,
      from,
      fromAccess,
      to,
      onReviewed: printPlanReview,
      approve: propose ? rejectProposal : createApprover({ approve, always: true }),
      onSourceChecked: (evidence, unseen) => {
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
