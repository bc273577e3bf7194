import { checkedAccess } from "../account/checked-access.ts";
import { confirmAtTerminal } from "../config/confirm-at-terminal.ts";
import type { Environment } from "../config/environment.ts";
import { restoredTable } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import type { TableName } from "../messaging/tables.ts";
import { explained } from "../repair/aws-errors.ts";
import { comparisonJson, comparisonText } from "./compare/format-comparison.ts";
import { compareWithLive } from "./compare-with-live.ts";
import { copyApproved, showCopy } from "./copy-back.ts";
import { describeTable } from "./describe-table.ts";
import { listRestorePoints, restorePointsText } from "./list-restore-points.ts";
import { copyCommand, nextSteps, type Restored, stepsForLostTable } from "./next-steps.ts";
import { refuseOther, removeRestored } from "./remove-restored.ts";
import { restoreBeside } from "./restore-beside.ts";
import { findRestorePoint, listCommand, type RestorePoint, toSecond } from "./restore-point.ts";
import { type RestoredFrom, restoredFrom } from "./restored-from.ts";
import { completeFromCheckout } from "./settings/complete-from-checkout.ts";

/** Options of `npm run restore`. */
export interface RestoreOptions {
  readonly environment: Environment;
  readonly table: TableName;
  /** A time, "latest" or the ARN of a backup. Default: lists what there is. */
  readonly to?: string;
  /** Prints JSON alone, and the progress to standard error. */
  readonly json: boolean;
  /** Capacity units a second of the comparison and the copy. */
  readonly rate?: number;
  readonly copyMissing: boolean;
  /** Digest of the copy that is approved. Default: a dry run. */
  readonly approve?: string;
  /** Restores a table that is gone, under its own name. */
  readonly underOwnName: boolean;
  /** A restored copy to remove. */
  readonly remove?: string;
  /** The name that is asked for otherwise. */
  readonly confirm?: string;
}

/** Exit code of a dry run of the copy that found something to copy. */
const SOMETHING_TO_COPY = 2;

/**
 * Restores a table beside the live one and compares the two; or lists what it can be restored to; or removes a copy.
 * @returns the exit code: 0 done; 2 a dry run of the copy found something to copy.
 * @throws UserError when the options or the credentials are wrong, or AWS can't do it.
 */
export async function runRestore(options: RestoreOptions): Promise<number> {
  refuseUselessOptions(options);
  const { environment, table } = options;
  const from = restoredFrom(environment, table, await checkedAccess(environment));
  return explained(`table ${from.live}`, environment.region, () => {
    if (options.remove !== undefined) return remove(from, options.remove, options);
    if (options.to === undefined) return list(from, options);
    return restoreTo(from, options.to, options);
  });
}

function refuseUselessOptions(options: RestoreOptions): void {
  const { to, remove, copyMissing, approve, underOwnName, json } = options;
  if (to === undefined && (copyMissing || underOwnName))
    throw new UserError("--copy-missing and --under-own-name need --to: what the table is restored to.");
  if (approve !== undefined && !copyMissing)
    throw new UserError("--approve is for --copy-missing: the digest that it printed.");
  if (remove !== undefined && to !== undefined)
    throw new UserError("--remove removes a copy and restores nothing: leave out --to.");
  if (json && (remove !== undefined || underOwnName || approve !== undefined))
    throw new UserError("--json prints what there is, or the comparison: leave it out here.");
  if (underOwnName && copyMissing)
    throw new UserError(
      "--under-own-name is for a table that is gone: there is nothing to copy missing items to.",
    );
}

async function list(from: RestoredFrom, { json }: RestoreOptions): Promise<number> {
  const points = await listRestorePoints(from);
  console.log(
    json
      ? JSON.stringify({ table: from.live, ...points }, null, 2)
      : restorePointsText(from, points).join("\n"),
  );
  return 0;
}

async function remove(from: RestoredFrom, name: string, options: RestoreOptions): Promise<number> {
  refuseOther(from, name);
  await confirmed(name, "remove", options);
  const wasThere = await removeRestored(from, name);
  console.log(
    wasThere
      ? `${name} is removed, with its alarms and its scaling.`
      : `There is no table ${name}. Alarms and scaling that it may have left are removed.`,
  );
  return 0;
}

async function restoreTo(from: RestoredFrom, to: string, options: RestoreOptions): Promise<number> {
  const { rate, approve, underOwnName } = options;
  const onProgress = progressOf(options);
  const point = await findRestorePoint(from, to);
  if (underOwnName) return restoreLost(from, point, options);
  const name = restoredTable(from.own, point.time);
  if (approve !== undefined) {
    await copyApproved(from, name, approve, { rate, onProgress });
    return 0;
  }
  const option = toOption(point);
  if (to === "latest")
    onProgress(
      `The latest time is ${option}. If this is stopped, go on with: ${listCommand(from)} --to ${option}`,
    );
  await restoreBeside({ from, point, name, onProgress });
  await completeFromCheckout(from, name, onProgress);
  const restored = { name, to: option };
  if (await describeTable(from.client, from.live)) return compare(from, restored, options);
  if (options.json) console.log(lostTableJson(from, name));
  onProgress(stepsForLostTable(from, restored).join("\n"));
  return 0;
}

const progressOf = ({ json }: RestoreOptions) => (json ? console.error : console.log);

/** The form of a comparison's JSON, as far as there is one. */
const lostTableJson = ({ table }: RestoredFrom, tableName: string) =>
  JSON.stringify({ table, restored: { tableName }, live: null }, null, 2);

/** Compares a copy with the live table, and says what can be done with it. */
async function compare(from: RestoredFrom, restored: Restored, options: RestoreOptions): Promise<number> {
  const { json, rate, copyMissing } = options;
  const { name, to } = restored;
  const onProgress = progressOf(options);
  const comparison = await compareWithLive(from, name, { rate, onProgress });
  console.log(json ? comparisonJson(comparison) : comparisonText(comparison));
  if (copyMissing) {
    const isLeft = await showCopy(comparison, copyCommand(from, to), onProgress);
    return isLeft ? SOMETHING_TO_COPY : 0;
  }
  onProgress(nextSteps(from, restored).join("\n"));
  return 0;
}

/** The same point as an option, for a command that is run later. */
const toOption = (point: RestorePoint) => (point.kind === "time" ? toSecond(point.time) : point.arn);

async function restoreLost(
  from: RestoredFrom,
  point: RestorePoint,
  options: RestoreOptions,
): Promise<number> {
  const { live: name } = from;
  await confirmed(name, "restore a table under the name", options);
  await restoreBeside({ from, point, name, onProgress: console.log });
  await completeFromCheckout(from, name, console.log);
  console.log(
    `${name} is there again. Its stream is another one: deploy the release that the environment has once more, and the trigger reads the new stream. See docs/runbook.md#lost-table`,
  );
  return 0;
}

async function confirmed(name: string, what: string, { confirm }: RestoreOptions): Promise<void> {
  if (confirm === name) return;
  if (confirm !== undefined)
    throw new UserError(`--confirm must be ${name} (given ${confirm}). Nothing was changed.`);
  if (!process.stdin.isTTY)
    throw new UserError(
      `Nothing was changed: this has to be confirmed, and there is no terminal to ask at. The same command with: --confirm ${name}`,
    );
  if (!(await confirmAtTerminal(name, what)))
    throw new UserError(`Nothing was changed: ${name} was not typed.`);
}
