import { join } from "node:path";
import { checkedAccess, type CheckedAccess } from "../../account/checked-access.ts";
import { confirmAtTerminal } from "../../config/confirm-at-terminal.ts";
import type { Environment } from "../../config/environment.ts";
import { stackNames } from "../../config/names.ts";
import { UserError } from "../../config/user-error.ts";
import { initialize, PLAN_FILE, planned } from "../../terraform/plan-environment.ts";
import { isStale, lockIn } from "../../terraform/state-lock.ts";
import { stackFolder, synthesize } from "../../terraform/synthesize.ts";
import {
  apply,
  forceUnlock,
  type StackRun,
  TerraformError,
  terraformVersion,
} from "../../terraform/terraform.ts";
import { EvidenceStore } from "../evidence.ts";
import { makeRunFolder } from "../rollout-plan.ts";
import { refuseFilledVaults } from "./filled-vaults.ts";
import { deployedSettings, refuseGuarded, refuseProtected } from "./guards.ts";
import { describeLosses } from "./losses.ts";
import { describeWhatStays } from "./what-stays.ts";

/** Options of `npm run destroy`. */
export interface DestroyOptions {
  /** The environment's name. Default: it is asked for at the terminal. */
  readonly confirm?: string;
  /** How long to wait for whoever holds the state's lock, in seconds. */
  readonly wait: number;
  /** The id of a stale lock to remove first. */
  readonly unlock?: string;
}

/**
 * Destroys the messaging stack of an environment: plans that, shows what is lost, asks for the environment's name and
 * applies that plan. What the bootstrap made stays.
 * @throws UserError when it is refused, and nothing was changed; or when it failed, and can be run again.
 */
export async function destroy(environment: Environment, options: DestroyOptions): Promise<void> {
  const { name, region } = environment;
  refuseOtherName(environment, options);
  const access = await checkedAccess(environment);
  refuseProtected(environment);
  await terraformVersion();
  const store = new EvidenceStore(environment, access.client);
  if (!(await store.isDeployed())) throw nothingDeployed(environment);
  const deployed = await deployedSettings(store, name);
  if (deployed) refuseProtected(deployed.environment, deployed.release);

  const run = await prepare(environment, access, options);
  console.log(`Planning the destruction of ${name}`);
  const { json, refused } = await planned(
    run,
    "-destroy",
    "-lock=true",
    `-lock-timeout=${options.wait}s`,
  ).catch((error: unknown) => {
    throw explained(error, environment);
  });
  const goes = (json.resource_changes ?? []).filter(({ change }) => change.actions.includes("delete"));
  if (goes.length === 0) throw nothingDeployed(environment);
  refuseGuarded(environment, goes, refused, deployed);
  await refuseFilledVaults(name, goes, access.client);

  const losses = await describeLosses(goes, access.client);
  const what = `the messaging stack of ${name}, in account ${access.account} (${region}): ${goes.length} resources`;
  console.log([`This destroys ${what}.`, ...losses.map((line) => `  ${line}`)].join("\n"));
  if (await store.unfinished()) console.log(UNFINISHED);
  await confirmed(environment, options);
  const onProgress = (message: string) => {
    console.log(message);
  };
  await apply({ ...run, onProgress }, PLAN_FILE).catch((error: unknown) => {
    throw whatIsLeft(explained(error, environment), environment);
  });
  console.log([`Destroyed ${what}.`, ...describeWhatStays(environment, goes)].join("\n"));
}

const UNFINISHED =
  "The last deployment did not finish. What it made and the state doesn't have is not destroyed; to have that destroyed too, deploy again first.";

function refuseOtherName({ name }: Environment, { confirm }: DestroyOptions): void {
  if (confirm !== undefined && confirm !== name)
    throw new UserError(
      `--confirm must be the name of the environment that is destroyed, ${name} (given ${confirm}). Nothing was changed.`,
    );
}

const nothingDeployed = ({ name, state }: Environment) =>
  new UserError(
    `There is nothing to destroy in ${name}: its state, in the bucket ${state.bucket}, has no resource.`,
  );

async function prepare(
  environment: Environment,
  { env }: CheckedAccess,
  { unlock }: DestroyOptions,
): Promise<StackRun> {
  const output = makeRunFolder("destroy", environment);
  await synthesize(output);
  const run: StackRun = {
    folder: stackFolder(stackNames(environment.name).messaging, output),
    env,
    logFile: join(output, "terraform.log"),
  };
  await initialize(run, environment);
  if (unlock !== undefined) await forceUnlock(run, unlock);
  return run;
}

async function confirmed({ name }: Environment, { confirm }: DestroyOptions): Promise<void> {
  if (confirm === name) return;
  if (!process.stdin.isTTY)
    throw new UserError(
      `${name} was not changed: this has to be confirmed, and there is no terminal to ask at. From a pipeline, the same command with: --confirm ${name}`,
    );
  if (!(await confirmAtTerminal(name, "destroy")))
    throw new UserError(`${name} was not changed: its name was not typed.`);
}

/** What Terraform says of a lock or of a plan that is out of date, with what to do; any other error as it is. */
function explained(error: unknown, { name }: Environment): unknown {
  const lock = lockIn(error);
  if (lock)
    return new UserError(
      `The state of ${name} is locked by ${lock.who} (${lock.operation}, since ${lock.created}). Nothing was changed.\n` +
        "If that run still goes on, wait for it with --wait <seconds>. If it was killed, its lock is stale; remove it with:\n" +
        `  npm run destroy -- ${name} --unlock ${lock.id}\nSee docs/runbook.md#locked`,
    );
  if (isStale(error))
    return new UserError(
      `The state of ${name} has changed since the plan was made: somebody else deployed. Nothing was changed. Destroy again: what goes is shown again.`,
    );
  return error;
}

const whatIsLeft = (error: unknown, { name }: Environment) =>
  error instanceof TerraformError
    ? new UserError(
        `${error.message}\n${name} may be destroyed in part. The same command again destroys what is left of it. See docs/runbook.md#destroy`,
      )
    : error;
