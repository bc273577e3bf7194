import { currentUser } from "../account/current-user.ts";
import type { CheckedAccess } from "../account/checked-access.ts";
import { UserError } from "../config/user-error.ts";
import { BlockedError } from "./approval.ts";
import { planImportingOrphans } from "./import-orphans.ts";
import { findOrphanedResources } from "./orphaned-resources.ts";
import {
  type Rollout,
  planAndReview,
  pendingChanges,
  planFileDigest,
  prepareStack,
  refuseIfLocked,
  type SavedPlan,
} from "./rollout-plan.ts";
import { type Evidence, EvidenceStore } from "./evidence.ts";
import { PLAN_FILE } from "../terraform/plan-environment.ts";
import { zipFolder } from "./archive.ts";
import { smoke, formatSmokeReport } from "./smoke/smoke-test.ts";
import { isStale } from "../terraform/state-lock.ts";
import { apply, terraformVersion } from "../terraform/terraform.ts";

/** A requested deployment. */
export interface Deployment extends Rollout {
  readonly access: CheckedAccess;
  /** Who made the release, for the evidence. Default: null, not verified. */
  readonly provenance?: Evidence["provenance"];
  /** Called with the plan and its review, before it is approved. */
  readonly onReviewed?: (saved: SavedPlan) => void;
  /**
   * Approves the plan that was saved and reviewed; not called when it is blocked.
   * @returns how it was approved, for the evidence.
   * @throws UserError when it is not approved.
   */
  readonly approve: (saved: SavedPlan) => string | Promise<string>;
}

/**
 * Deploys a release to an environment: plans, reviews, applies that plan, smoke-tests, plans again and expects no
 * change. Evidence of the outcome, failure included, is kept in the environment's state bucket.
 * @returns the evidence, of a deployment that passed.
 * @throws UserError when it is refused, and nothing was changed; or when it failed, and the evidence is written.
 */
export async function deploy(deployment: Deployment): Promise<Evidence> {
  const { release, environment, access, provenance = null, approve, onReviewed, onProgress } = deployment;
  const { digest, commit } = release.manifest;
  const terraform = await terraformVersion();
  const store = new EvidenceStore(environment, access.client);
  const began = new Date().toISOString();
  const before = await store.stateVersion();
  onProgress?.(`Planning ${environment.name}`);
  const saved = await planDeployment(deployment, store);
  onReviewed?.(saved);
  if (saved.document.verdict === "blocked")
    throw new BlockedError(
      `The review of ${environment.name}'s plan blocks release ${digest.slice(0, 12)}. Nothing was applied. See docs/runbook.md#blocked`,
    );
  const approval = await approve(saved);
  await store.saveRelease(digest, zipFolder(release.folder));

  await store.begin(digest, began, access.account);
  const outcome = await applyAndVerify(saved, deployment);
  const evidence: Evidence = {
    version: 1,
    release: digest,
    commit,
    environment: environment.name,
    who: currentUser(),
    began,
    ended: new Date().toISOString(),
    terraform,
    provenance,
    plan: planEvidence(saved, approval),
    state: { before, after: await store.stateVersion() },
    ...outcome,
  };
  const place = await store.write(evidence);
  if (!outcome.passed)
    throw new UserError(`${outcome.failure ?? ""}\nThe evidence is at ${place}. See docs/runbook.md#failed`);
  onProgress?.(`Evidence: ${place}`);
  return evidence;
}

/** Plans; after a deployment that did not finish, with the resources that it left. */
async function planDeployment(deployment: Deployment, store: EvidenceStore): Promise<SavedPlan> {
  const run = await prepareStack(deployment);
  if (!(await store.unfinished())) return planAndReview(run, deployment);
  const { environment, access, onProgress } = deployment;
  onProgress?.("The last deployment did not finish: looking for resources that it left");
  const orphans = await findOrphanedResources(environment, access.client);
  return planImportingOrphans(run.folder, orphans, (adopted) => planAndReview(run, deployment, adopted));
}

type Outcome = Pick<Evidence, "smoke" | "applied" | "passed" | "failure">;

async function applyAndVerify(saved: SavedPlan, deployment: Deployment): Promise<Outcome> {
  const { run, digest, fileDigest, changed } = saved;
  const { environment, access, onProgress } = deployment;
  // The file to apply must be the one that was reviewed.
  if (planFileDigest(run) !== fileDigest)
    throw new UserError(
      `The saved plan of ${environment.name} is not the one that was reviewed (${digest}). Nothing was applied. Deploy again.`,
    );
  if (changed.length > 0) {
    onProgress?.(`Applying ${changed.length} changes`);
    try {
      await apply(run, PLAN_FILE);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (isStale(error))
        throw new UserError(
          `The state of ${environment.name} has changed since the plan was made: somebody else deployed. Nothing was applied. Deploy again. See docs/runbook.md#stale`,
        );
      refuseIfLocked(error, environment);
      return { smoke: null, applied: false, passed: false, failure: error.message };
    }
  }
  onProgress?.("Smoke test");
  const report = await smoke(environment, access.client);
  const applied = { smoke: report, applied: true };
  if (!report.passed)
    return { ...applied, passed: false, failure: formatSmokeReport(environment.name, report).join("\n") };
  onProgress?.("Planning again: nothing should be left");
  const pending = await pendingChanges(run, deployment);
  if (pending.length === 0) return { ...applied, passed: true };
  const failure = `The plan after the apply still has changes: ${pending.join(", ")}`;
  return { ...applied, passed: false, failure };
}

function planEvidence({ document, digest }: SavedPlan, approval: string): Evidence["plan"] {
  const { verdict, summary } = document;
  const findings = document.findings.map(({ rule, level, address }) => ({ rule, level, address }));
  return { digest, verdict, summary, findings, approval };
}
