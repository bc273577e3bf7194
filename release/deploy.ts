import { userInfo } from "node:os";
import { UserError } from "../config/user-error.ts";
import { planImportingOrphans } from "./import-orphans.ts";
import { findOrphanedResources } from "./orphaned-resources.ts";
import {
  explainLockError,
  type Rollout,
  planAndReview,
  pendingChanges,
  planFileDigest,
  prepareStack,
  type SavedPlan,
} from "./rollout-plan.ts";
import { type Evidence, EvidenceStore } from "./evidence.ts";
import { PLAN_FILE } from "../terraform/plan-environment.ts";
import { zipFolder } from "./archive.ts";
import { smoke, formatSmokeReport } from "./smoke/smoke-test.ts";
import { apply, type StackRun, terraformVersion } from "../terraform/terraform.ts";

/** A requested deployment. */
export interface Deployment extends Rollout {
  /** Called with the plan and its review, before it is approved. */
  readonly onReviewed?: (saved: SavedPlan) => void;
  /**
   * Approves the plan that was saved and reviewed; not called when it is blocked.
   * @returns how it was approved, for the evidence.
   * @throws UserError when it is not approved.
   */
  readonly approve: (saved: SavedPlan) => string | Promise<string>;
  /** How long the trigger may take in the smoke test, in seconds. Default: 60. */
  readonly smokeDeadlineSeconds?: number;
  /** Called between the approval and the apply. */
  readonly beforeApply?: (saved: SavedPlan) => void | Promise<void>;
  /** Who deploys. Default: GitHub's actor, or the user of this machine. */
  readonly who?: string;
}

/** The review blocks the plan, whatever was approved. */
export class BlockedError extends UserError {}

/** The deployment was applied, at least in part, and failed; the evidence records it. */
export class DeploymentFailedError extends UserError {}

/**
 * Deploys a release to an environment: plans, reviews, applies that plan, smoke-tests, plans again and expects no
 * change. Evidence of the outcome, failure included, is kept in the environment's state bucket.
 * @returns the evidence, of a deployment that passed.
 * @throws UserError when it is refused; nothing was changed then.
 * @throws DeploymentFailedError when it failed; the evidence is written by then.
 */
export async function deploy(deployment: Deployment): Promise<Evidence> {
  const { release, environment, access, onProgress = () => undefined } = deployment;
  const terraform = await terraformVersion();
  const store = new EvidenceStore(environment, access.client);
  const began = new Date().toISOString();
  const before = await store.stateVersion();
  onProgress(`Planning ${environment.name}`);
  const run = await prepareStack(deployment);
  const saved = await planDeployment(run, deployment, store);
  deployment.onReviewed?.(saved);
  const approval = await requireApproval(saved, deployment);
  await store.saveRelease(release.manifest.digest, zipFolder(release.folder));

  await store.begin(release.manifest.digest, began);
  const { failure, applied, report } = await applyAndVerify(saved, deployment);
  const evidence: Evidence = {
    version: 1,
    release: release.manifest.digest,
    commit: release.manifest.commit,
    environment: environment.name,
    who: deployment.who ?? currentUser(),
    began,
    ended: new Date().toISOString(),
    terraform,
    plan: planEvidence(saved, approval),
    state: { before, after: await store.stateVersion() },
    smoke: report && {
      passed: report.passed,
      milliseconds: report.milliseconds,
      checks: report.checks.map(({ what, faults }) => ({ what, faults: [...faults] })),
    },
    applied,
    passed: failure === undefined,
    ...(failure !== undefined && { failure }),
  };
  const place = await store.write(evidence);
  if (failure !== undefined)
    throw new DeploymentFailedError(`${failure}\nThe evidence is at ${place}. See docs/runbook.md#failed`);
  onProgress(`Evidence: ${place}`);
  return evidence;
}

/** Plans; after a deployment that did not finish, with the resources that it left. */
async function planDeployment(
  run: StackRun,
  deployment: Deployment,
  store: EvidenceStore,
): Promise<SavedPlan> {
  if (!(await store.unfinished())) return planAndReview(run, deployment);
  const { environment, access, onProgress } = deployment;
  onProgress?.("The last deployment was not carried through: looking for what it left behind");
  return planImportingOrphans(
    run.folder,
    await findOrphanedResources(environment, access.client),
    (adopted) => planAndReview(run, deployment, adopted),
  );
}

async function requireApproval(
  saved: SavedPlan,
  { approve, environment, release }: Deployment,
): Promise<string> {
  if (saved.document.verdict === "blocked")
    throw new BlockedError(
      `The review of ${environment.name}'s plan blocks release ${release.manifest.digest.slice(0, 12)}. Nothing was applied. See docs/runbook.md#blocked`,
    );
  return approve(saved);
}

type SmokeReport = Awaited<ReturnType<typeof smoke>>;

interface Outcome {
  readonly applied: boolean;
  readonly report: SmokeReport | null;
  readonly failure?: string;
}

async function applyAndVerify(saved: SavedPlan, deployment: Deployment): Promise<Outcome> {
  const { environment, access, onProgress = () => undefined, smokeDeadlineSeconds } = deployment;
  await deployment.beforeApply?.(saved);
  verifyPlanFile(saved);
  if (saved.changed.length > 0) {
    onProgress(`Applying ${saved.changed.length} changes`);
    try {
      await apply(saved.run, PLAN_FILE);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.message.includes("Saved plan is stale")) throw stalePlanError(environment.name);
      const explained = explainLockError(error, environment.name);
      if (explained !== error) throw explained;
      return { applied: false, report: null, failure: error.message };
    }
  }
  onProgress("Smoke test");
  const report = await smoke(environment, access.client, {
    ...(smokeDeadlineSeconds !== undefined && { deadlineSeconds: smokeDeadlineSeconds }),
  });
  if (!report.passed)
    return { applied: true, report, failure: formatSmokeReport(environment.name, report).join("\n") };
  onProgress("Planning again: nothing should be left");
  const pending = await pendingChanges(saved.run, deployment);
  if (pending.length > 0)
    return {
      applied: true,
      report,
      failure: `The plan after the apply still has changes: ${pending.join(", ")}`,
    };
  return { applied: true, report };
}

/** The file to apply must be the one that was reviewed. */
function verifyPlanFile({ run, digest, fileDigest, document }: SavedPlan): void {
  if (planFileDigest(run) !== fileDigest)
    throw new UserError(
      `The saved plan of ${document.subject} is not the one that was reviewed (${digest}). Nothing was applied. Deploy again.`,
    );
}

function planEvidence({ document, digest }: SavedPlan, approval: string): Evidence["plan"] {
  const { verdict, summary, findings } = document;
  return {
    digest,
    verdict,
    summary,
    findings: findings.map(({ rule, level, address }) => ({ rule, level, address })),
    approval,
  };
}

const stalePlanError = (environment: string) =>
  new UserError(
    `The state of ${environment} has changed since the plan was made: somebody else deployed. Nothing was applied. Deploy again. See docs/runbook.md#stale`,
  );

function currentUser(): string {
  const {
    GITHUB_ACTOR: actor,
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: run,
  } = process.env;
  return actor === undefined
    ? userInfo().username
    : `${actor} (${server ?? ""}/${repository ?? ""}/actions/runs/${run ?? ""})`;
}
