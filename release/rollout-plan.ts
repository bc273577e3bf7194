import { hash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Environment } from "../config/environment.ts";
import { stackNames } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import type { Access } from "../account/access.ts";
import { initialize, PLAN_FILE, planned } from "../terraform/plan-environment.ts";
import type { Release } from "./release.ts";
import type { ReviewDocument } from "../review/report/document.ts";
import type { ReviewException } from "../review/exceptions.ts";
import type { PlanJson } from "../terraform/plan-json.ts";
import { planFromStacks } from "../review/plan/plan.ts";
import { reviewPlan } from "../review/review-plan.ts";
import { addEndpointOverride } from "../terraform/stack-folders.ts";
import { stackFolder } from "../terraform/synthesize.ts";
import { lockIn } from "../terraform/state-lock.ts";
import { forceUnlock, plan, type StackRun } from "../terraform/terraform.ts";
import { projectFolder } from "../config/project-folder.ts";

/** A release to be deployed to an environment. */
export interface Rollout {
  readonly release: Release;
  readonly environment: Environment;
  readonly access: Access;
  /** Accepted findings of the review. Default: none. */
  readonly exceptions?: readonly ReviewException[];
  /** How long to wait for whoever holds the state's lock, in seconds. Default: 0, refuse at once. */
  readonly lockTimeoutSeconds?: number | undefined;
  /**
   * Whether plans take the state's lock. Not for who may only read: the plan is then made again, with the lock, before it
   * is applied. Default: true.
   */
  readonly lock?: boolean;
  /** The id of a lock on the state whose owner is gone; it is removed first. Default: none. */
  readonly unlock?: string | undefined;
  readonly onProgress?: (message: string) => void;
}

/** A saved plan with its review. */
export interface SavedPlan {
  readonly run: StackRun;
  readonly json: PlanJson;
  readonly document: ReviewDocument;
  /** SHA-256 of the release, the environment and every change: what an approval is for. */
  readonly digest: string;
  /** Addresses of what the plan changes. */
  readonly changed: readonly string[];
  /** SHA-256 of the saved plan's file; undefined where Terraform refused the plan. */
  readonly fileDigest: string | undefined;
}

/** Copies the release's stack to where Terraform may write, and initializes it with the release's own lock file. */
export async function prepareStack(rollout: Rollout): Promise<StackRun> {
  const { release, environment, access, unlock, onProgress } = rollout;
  const stack = stackNames(environment.name).messaging;
  const output = makeRunFolder("deploy", environment);
  const folder = stackFolder(stack, output);
  cpSync(stackFolder(stack, release.folder), folder, { recursive: true });
  if (access.env["AWS_ENDPOINT_URL"]) addEndpointOverride(folder);
  const run: StackRun = {
    folder,
    env: access.env,
    logFile: join(output, "terraform.log"),
    ...(onProgress && { onProgress }),
  };
  await initialize(run, environment);
  if (unlock !== undefined) await forceUnlock(run, unlock);
  return run;
}

/** A folder for one run of Terraform; when the process ends, what is secret in it goes. */
export function makeRunFolder(command: "deploy" | "destroy", { name }: Environment): string {
  const place = join(projectFolder, ".local", command);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const output = mkdtempSync(join(place, `${name}-`));
  process.once("exit", (code) => {
    removeSavedPlans(output, code);
  });
  return output;
}

/** A saved plan contains the state, so it is removed. After a failure, Terraform's log and an unwritten state are kept. */
function removeSavedPlans(output: string, exitCode: number): void {
  if (exitCode === 0) rmSync(output, { recursive: true, force: true });
  else
    for (const path of readdirSync(output, { recursive: true, encoding: "utf8" }))
      if ([PLAN_FILE, "plan.json"].includes(basename(path))) rmSync(join(output, path), { force: true });
}

/**
 * Plans, saves the plan and reviews it, holding the state's lock unless the rollout takes none.
 * @param adopted how what a killed deployment made would be made: so the review judges it, but for tables, and for what is deleted.
 * @throws UserError that names who holds the lock, or that Terraform can't plan.
 */
export async function planAndReview(
  run: StackRun,
  rollout: Rollout,
  adopted: PlanJson["resource_changes"] = [],
): Promise<SavedPlan> {
  const { release, environment, exceptions = [] } = rollout;
  const { json, refused } = await planned(run, ...lockOptions(rollout)).catch((error: unknown) => {
    refuseIfLocked(error, environment);
    throw error;
  });
  const changes = planFromStacks([{ folder: run.folder, json: asIfCreated(json, adopted) }]);
  const document = await reviewPlan(changes, {
    name: environment.name,
    environment,
    refused,
    exceptions,
  });
  return {
    run,
    json,
    document,
    digest: planDigest(release, environment, json),
    changed: changedAddresses(json),
    fileDigest: refused.length > 0 ? undefined : planFileDigest(run),
  };
}

/**
 * The addresses of what a plan would still change. The plan is read and reviewed only where there is something.
 * @throws UserError as `planAndReview` does.
 */
export async function pendingChanges(run: StackRun, rollout: Rollout): Promise<readonly string[]> {
  const hasChanges = await plan(run, PLAN_FILE, ...lockOptions(rollout)).catch((error: unknown) => {
    refuseIfLocked(error, rollout.environment);
    return true;
  });
  return hasChanges ? (await planAndReview(run, rollout)).changed : [];
}

/** SHA-256 of the file that holds the saved plan. */
export const planFileDigest = ({ folder }: StackRun): string =>
  hash("sha256", readFileSync(join(folder, PLAN_FILE)));

const lockOptions = ({ lock = true, lockTimeoutSeconds = 0 }: Rollout) => [
  `-lock=${lock}`,
  `-lock-timeout=${lockTimeoutSeconds}s`,
];

function asIfCreated(json: PlanJson, adopted: PlanJson["resource_changes"] = []): PlanJson {
  const made = new Map(adopted.map((one) => [one.address, one]));
  const changes = json.resource_changes?.map((one) =>
    // A table is reviewed by what really happens to it.
    one.type === "aws_dynamodb_table" || one.change.actions.includes("delete")
      ? one
      : (made.get(one.address) ?? one),
  );
  return { ...json, resource_changes: changes };
}

/** Depends on the changes alone, not on who plans them or when. */
function planDigest(release: Release, environment: Environment, json: PlanJson): string {
  const changes = changesIn(json).sort((a, b) => (a.address < b.address ? -1 : 1));
  const content = [release.manifest.digest, environment.name, changes, json.output_changes ?? {}];
  return hash("sha256", JSON.stringify(content));
}

function changedAddresses(json: PlanJson): string[] {
  const outputs = Object.entries(json.output_changes ?? {}).filter(
    ([, { actions }]) => actions.join() !== "no-op",
  );
  return [...changesIn(json).map(({ address }) => address), ...outputs.map(([name]) => `output.${name}`)];
}

/** An import changes the state even if it changes nothing in AWS. */
const changesIn = (json: PlanJson) =>
  (json.resource_changes ?? []).filter(
    ({ change }) => change.actions.join() !== "no-op" || change.importing !== undefined,
  );

/** @throws UserError with the lock's owner and what to do, if the error is that the state is locked. */
export function refuseIfLocked(error: unknown, environment: Environment): void {
  const lock = lockIn(error);
  if (lock === undefined) return;
  const { name, protected: isProtected } = environment;
  const rollout = isProtected ? `promote -- --from <environment> --to ${name}` : `deploy -- ${name}`;
  throw new UserError(
    `The state of ${name} is locked by ${lock.who} (${lock.operation}, since ${lock.created}).\n` +
      "If that deployment is still running, wait for it with --wait <seconds>. If it was killed, its lock is stale; remove it with:\n" +
      `  npm run ${rollout} --release <path> --unlock ${lock.id}\n` +
      "That deployment then completes what the killed one started. See docs/runbook.md#locked",
  );
}
