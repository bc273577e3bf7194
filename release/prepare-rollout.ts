import { existsSync } from "node:fs";
import { type Access, accessTo } from "../config/account-access.ts";
import type { Environment } from "../config/environment.ts";
import { environmentNamed } from "../config/load-environments.ts";
import { EXCEPTIONS_FILE, readExceptions } from "../review/exceptions.ts";
import { ApprovalNeededError, printPlanReview } from "./approval.ts";
import { BlockedError, type Deployment } from "./deploy.ts";
import { type Evidence, EvidenceStore } from "./evidence.ts";
import { environmentInRelease, openArchive, openRelease, type Release } from "./release.ts";

/** Options of both `npm run deploy` and `npm run promote`. */
export interface RolloutOptions {
  /** The release's folder, its archive, or the digest of one that was deployed before. */
  readonly release: string;
  /** The digest of the plan that was approved. */
  readonly approve?: string;
  /** How long to wait for whoever holds the state's lock, in seconds. */
  readonly wait: number;
  /** The id of a stale lock to remove first. */
  readonly unlock?: string;
}

/** Exit codes beside 0 (done) and 1 (refused or failed). */
export const APPROVAL_NEEDED = 2;
const BLOCKED = 3;

/** Opens a release from a path, or from the state bucket of an environment that it was deployed to before. */
export async function openReleaseFor(
  environmentName: string,
  given: string,
): Promise<{ release: Release; access: Access }> {
  const isDigest = /^[0-9a-f]{8,64}$/.test(given) && !existsSync(given);
  if (!isDigest) {
    const release = openRelease(given);
    return { release, access: accessTo(environmentInRelease(release, environmentName)) };
  }
  const environment = environmentNamed(environmentName);
  const access = accessTo(environment);
  const archive = await new EvidenceStore(environment, access.client).release(given);
  return { release: openArchive(archive, `release ${given}`), access };
}

/** The deployment of a release as the options say, but for its approval; it prints what it does. */
export const prepareRollout = (
  release: Release,
  environment: Environment,
  access: Access,
  { wait, unlock }: RolloutOptions,
): Omit<Deployment, "approve"> => ({
  release,
  environment,
  access,
  lockTimeoutSeconds: wait,
  unlock,
  exceptions: readExceptions(EXCEPTIONS_FILE),
  onProgress: (message) => {
    console.log(message);
  },
  onReviewed: printPlanReview,
});

/**
 * Runs a rollout and prints which release the environment has then, or, on standard error, why it is blocked or waits
 * for approval.
 * @returns the exit code.
 */
export async function rolloutExitCode(rollout: () => Promise<Evidence>): Promise<number> {
  try {
    const { environment, release } = await rollout();
    console.log(`${environment} has release ${release}`);
    return 0;
  } catch (error) {
    if (!(error instanceof BlockedError || error instanceof ApprovalNeededError)) throw error;
    console.error(error.message);
    return error instanceof BlockedError ? BLOCKED : APPROVAL_NEEDED;
  }
}
