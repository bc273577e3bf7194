import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import { type Deployment, deploy } from "./deploy.ts";
import type { Access } from "../config/account-access.ts";
import { pendingChanges, prepareStack } from "./rollout-plan.ts";
import { type Evidence, EvidenceStore } from "./evidence.ts";
import { type SettingDifference, settingDifferences } from "./parity/setting-differences.ts";
import { environmentInRelease, openArchive, type Release } from "./release.ts";

/** A requested promotion: a deployment, and the environment in which the release passed. */
export interface Promotion extends Omit<Deployment, "environment"> {
  readonly from: Environment;
  readonly fromAccess: Access;
  readonly to: Environment;
  /** Called with the evidence that the release passed, and the settings that differ in the target. */
  readonly onSourceChecked?: (proof: Evidence, unseen: readonly SettingDifference[]) => void;
}

/**
 * Deploys a release that passed in one environment to the next. To roll back, promote an earlier release.
 * @throws UserError when the release can't be promoted, did not pass there, or the environment has drifted; and what
 * `deploy` throws.
 */
export async function promote(promotion: Promotion): Promise<Evidence> {
  const { from, fromAccess, to, release, onSourceChecked, ...deployment } = promotion;
  const { digest, promotable } = release.manifest;
  const short = digest.slice(0, 12);
  if (!promotable)
    throw new UserError(
      `Release ${short} was made from changes that no commit holds, and can't be promoted. Commit them, and make a release of the commit.`,
    );
  const store = new EvidenceStore(from, fromAccess.client);
  const evidence = await store.all();
  const proof = requirePassedEvidence(evidence, release, from.name);
  await refuseDrift({ promotion, store, evidence });
  onSourceChecked?.(
    proof,
    settingDifferences(environmentInRelease(release, from.name), environmentInRelease(release, to.name)),
  );
  return deploy({ ...deployment, release, environment: to });
}

/** The newest evidence of the release in the environment, which must have passed. */
function requirePassedEvidence(
  evidence: readonly Evidence[],
  release: Release,
  environment: string,
): Evidence {
  const { digest } = release.manifest;
  const last = evidence.findLast((one) => one.release === digest);
  const howTo = `Deploy it there first: npm run deploy -- ${environment} --release <path>. See docs/promotion.md`;
  if (!last)
    throw new UserError(
      `There is no evidence that release ${digest.slice(0, 12)} was deployed to ${environment}. ${howTo}`,
    );
  if (!last.passed)
    throw new UserError(
      `Release ${digest.slice(0, 12)} did not pass in ${environment} on ${last.began}: ${last.failure ?? ""}\n${howTo}`,
    );
  return last;
}

interface Checked {
  readonly promotion: Promotion;
  readonly store: EvidenceStore;
  readonly evidence: readonly Evidence[];
}

/** A plan of the release that is deployed there must find no change. */
async function refuseDrift({ promotion, store, evidence }: Checked): Promise<void> {
  const { from, fromAccess, release, lockTimeoutSeconds, onProgress } = promotion;
  const now = evidence.findLast(({ applied }) => applied)?.release ?? release.manifest.digest;
  const there =
    now === release.manifest.digest ? release : openArchive(await store.release(now), `release ${now}`);
  onProgress?.(`Comparing ${from.name} with release ${now.slice(0, 12)}, which is there`);
  const rollout = {
    release: there,
    environment: environmentInRelease(there, from.name),
    access: fromAccess,
    ...(lockTimeoutSeconds !== undefined && { lockTimeoutSeconds }),
  };
  const pending = await pendingChanges(await prepareStack(rollout), rollout);
  if (pending.length > 0)
    throw new UserError(
      `${from.name} is no longer as release ${now.slice(0, 12)} made it, so what was tested there is not what would be promoted: ${pending.join(", ")}.\n` +
        `See what changed with: npm run drift -- ${from.name}. Put it back with: npm run deploy -- ${from.name} --release ${now.slice(0, 12)}. See docs/runbook.md#drift`,
    );
}
