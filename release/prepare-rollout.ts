import { existsSync } from "node:fs";
import { type Access, accessTo } from "../config/account-access.ts";
import type { Environment } from "../config/environment.ts";
import { environmentNamed } from "../config/load-environments.ts";
import { EXCEPTIONS_FILE, readExceptions } from "../review/exceptions.ts";
import { ApprovalNeededError } from "./approval.ts";
import { BlockedError } from "./deploy.ts";
import { EvidenceStore } from "./evidence.ts";
import { environmentInRelease, openArchive, openRelease, type Release } from "./release.ts";
import type { Rollout } from "./rollout-plan.ts";

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

/** The rollout of a release as the options say. */
export const prepareRollout = (
  target: Pick<Rollout, "release" | "environment" | "access">,
  { wait, unlock }: RolloutOptions,
): Rollout => ({
  ...target,
  lockTimeoutSeconds: wait,
  unlock,
  exceptions: readExceptions(EXCEPTIONS_FILE),
  onProgress: (message) => {
    console.log(message);
  },
});

/** Runs a rollout and returns its exit code; prints on standard error why it is blocked or waits for approval. */
export async function rolloutExitCode(rollout: () => Promise<void>): Promise<number> {
  try {
    await rollout();
    return 0;
  } catch (error) {
    if (!(error instanceof BlockedError || error instanceof ApprovalNeededError)) throw error;
    console.error(error.message);
    return error instanceof BlockedError ? BLOCKED : APPROVAL_NEEDED;
  }
}

/** Prints which release an environment has now. */
export function printDeployed({ name }: Environment, { manifest }: Release): void {
  console.log(`${name} has release ${manifest.digest}`);
}
