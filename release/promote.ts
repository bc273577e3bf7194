import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import { type Deployment, deploy } from "./deploy.ts";
import type { Access } from "../account/access.ts";
import { pendingChanges, prepareStack } from "./rollout-plan.ts";
import { type Evidence, EvidenceStore, lastApplied } from "./evidence.ts";
import { settingDifferences } from "./parity/setting-differences.ts";
import { environmentInRelease, openArchive } from "./release.ts";

/** A requested promotion: a deployment, and the environment in which the release passed. */
export interface Promotion extends Deployment {
  readonly from: Environment;
  readonly fromAccess: Access;
}

/**
 * Deploys a release that passed in one environment to the next. To roll back, promote an earlier release.
 * @throws UserError when the release can't be promoted, did not pass there, or the environment has drifted; and what
 * `deploy` throws.
 */
export async function promote(promotion: Promotion): Promise<Evidence> {
  const { from, fromAccess, release, environment: to, onProgress } = promotion;
  const { digest, promotable } = release.manifest;
  if (!promotable)
    throw new UserError(
      `Release ${digest.slice(0, 12)} was made from uncommitted changes, and can't be promoted. Commit them, and make a release of that commit.`,
    );
  const store = new EvidenceStore(from, fromAccess.client);
  const evidence = await store.all();
  const proof = requirePassedEvidence(evidence, digest, from.name);
  await refuseDrift(promotion, store, evidence);
  const unseen = settingDifferences(from, to).map(
    ({ setting, from: seen, to: set }) => `  ${setting}: ${JSON.stringify(seen)} → ${JSON.stringify(set)}`,
  );
  onProgress?.(
    [
      `Release ${digest} passed in ${from.name} on ${proof.ended}, deployed by ${proof.who}`,
      `Not tested in ${from.name}, since ${to.name} has other settings:`,
      ...unseen,
    ].join("\n"),
  );
  return deploy(promotion);
}

/** The newest evidence of the release in the environment, which must have passed. */
function requirePassedEvidence(evidence: readonly Evidence[], digest: string, environment: string): Evidence {
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

/** A plan of the release that is deployed there must find no change. */
async function refuseDrift(
  promotion: Promotion,
  store: EvidenceStore,
  evidence: readonly Evidence[],
): Promise<void> {
  const { from, fromAccess, release, onProgress } = promotion;
  const now = lastApplied(evidence)?.release ?? release.manifest.digest;
  const there =
    now === release.manifest.digest ? release : openArchive(await store.release(now), `release ${now}`);
  onProgress?.(`Comparing ${from.name} with release ${now.slice(0, 12)}, which is there`);
  const rollout = {
    release: there,
    environment: environmentInRelease(there, from.name),
    access: fromAccess,
    lock: false,
  };
  const pending = await pendingChanges(await prepareStack(rollout), rollout);
  if (pending.length > 0)
    throw new UserError(
      `${from.name} differs from release ${now.slice(0, 12)}, which is deployed there, so what was tested is not what would be promoted: ${pending.join(", ")}.\n` +
        `See what changed with: npm run drift -- ${from.name}. Put it back with: npm run deploy -- ${from.name} --release ${now.slice(0, 12)}. See docs/runbook.md#drift`,
    );
}
