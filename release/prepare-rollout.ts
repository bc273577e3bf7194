import { existsSync } from "node:fs";
import { checkedAccess, type CheckedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { settingsFile } from "../config/names.ts";
import { EXCEPTIONS_FILE, readExceptions } from "../review/exceptions.ts";
import { ApprovalNeededError, BlockedError, printPlanReview } from "./approval.ts";
import type { Deployment } from "./deploy.ts";
import type { Evidence } from "./evidence.ts";
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

/** A release, one of its environments, and the access to that. */
type Target = Pick<Deployment, "release" | "environment" | "access">;

/**
 * Opens a release from a path, or from the state bucket of an environment that it was deployed to before.
 * @throws UserError when there is none, or it isn't what was released.
 */
export async function openReleaseFor(
  environment: Environment,
  { client }: CheckedAccess,
  given: string,
): Promise<Release> {
  const isDigest = /^[0-9a-f]{8,64}$/.test(given) && !existsSync(given);
  if (!isDigest) return openRelease(given);
  const { EvidenceStore } = await import("./evidence.ts");
  const archive = await new EvidenceStore(environment, client).release(given);
  return openArchive(archive, `release ${given}`);
}

/** The environment of a release, with access to the account that the release's own settings say. */
export async function targetOf(release: Release, name: string): Promise<Target> {
  const environment = environmentInRelease(release, name);
  const access = await checkedAccess(environment, `the release's ${settingsFile(name)}`);
  return { release, environment, access };
}

/**
 * The deployment of a release as the options say, but for its approval; it prints what it does.
 * @throws UserError when it can't be verified who made the release.
 */
export async function prepareRollout(
  target: Target,
  { wait, unlock }: RolloutOptions,
): Promise<Omit<Deployment, "approve">> {
  const onProgress = (message: string) => {
    console.log(message);
  };
  const exceptions = readExceptions(EXCEPTIONS_FILE);
  const { verifyProvenance } = await import("./provenance.ts");
  return {
    ...target,
    provenance: await verifyProvenance(target.release, onProgress),
    lockTimeoutSeconds: wait,
    unlock,
    exceptions,
    onProgress,
    onReviewed: printPlanReview,
  };
}

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
