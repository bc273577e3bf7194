import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { stackNames } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { stackFolder, synthesize } from "./synthesize.ts";
import type { PlanJson, ResourceChangeJson } from "./plan-json.ts";
import { apply, init, initWithBucket, plan, showPlan, type StackRun, terraformVersion } from "./terraform.ts";

/** The outcome of a bootstrap. */
export type BootstrapOutcome = "made" | "changed" | "unchanged";

const PLAN_FILE = "bootstrap.tfplan";

/** Terraform reads override files by name; this one must come after the endpoint's. */
const LOCAL_STATE_OVERRIDE = "first_bootstrap_override.tf.json";

/**
 * What an update may take away, or write in another way, since it holds no data: permissions of roles, and the settings of
 * AWS Backup, which stay in AWS.
 */
const REPLACEABLE = new Set([
  "aws_backup_region_settings",
  "aws_iam_policy",
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
]);

/** The role of who queries goes with what it queries. The pipeline's roles, and that of restores, never go by themselves. */
const ANALYST_ROLE = "aws_iam_role.analyst_role_";

const mayGo = ({ type, address }: ResourceChangeJson) =>
  REPLACEABLE.has(type) || address.startsWith(ANALYST_ROLE);

/**
 * Synthesizes and bootstraps an environment, and prints what that did.
 * @throws UserError when the credentials are not of the environment's account; and what `bootstrap` throws.
 */
export async function runBootstrap(environment: Environment): Promise<void> {
  const { env } = await checkedAccess(environment);
  await terraformVersion();
  await synthesize();
  const stacks = stackNames(environment.name);
  const outcome = await bootstrap({
    folder: stackFolder(stacks.bootstrap),
    env,
    onProgress: (message) => {
      console.log(message);
    },
  });
  console.log(
    `State bucket ${environment.state.bucket}: ${outcome}. Next: npx cdktf deploy ${stacks.messaging}`,
  );
}

/**
 * Creates the bucket that holds an environment's state, and moves the bucket's own state into it. If it exists already,
 * it is updated to the code; nothing but permissions and the analysts' role is ever deleted. An interrupted run is continued.
 *
 * @param run the synthesized bootstrap stack.
 * @throws UserError when there is a bucket without its state, or a change would delete something.
 */
export async function bootstrap(run: StackRun): Promise<BootstrapOutcome> {
  const localState = join(run.folder, "terraform.tfstate");
  if (!existsSync(localState) && (await initWithBucket(run))) return update(run);

  const override = join(run.folder, LOCAL_STATE_OVERRIDE);
  try {
    writeFileSync(override, JSON.stringify({ terraform: { backend: { local: {} } } }));
    await init(run, "-reconfigure");
    if (await plan(run, PLAN_FILE)) await apply(run, PLAN_FILE);
  } finally {
    rmSync(override, { force: true });
  }
  await init(run, "-migrate-state", "-force-copy");
  for (const file of [localState, `${localState}.backup`]) rmSync(file, { force: true });
  return "made";
}

async function update(run: StackRun): Promise<BootstrapOutcome> {
  if (!(await plan(run, PLAN_FILE))) return "unchanged";
  const changes = ((await showPlan(run, PLAN_FILE)) as PlanJson).resource_changes ?? [];
  const deleted = changes.filter((each) => each.change.actions.includes("delete") && !mayGo(each));
  if (deleted.length > 0)
    throw new UserError(
      `The bootstrap is not changed: that would delete ${deleted.map(({ address }) => address).join(", ")}.`,
    );
  const bucket = changes.find(
    ({ type, change }) => type === "aws_s3_bucket" && change.actions.includes("create"),
  );
  if (bucket)
    throw new UserError(
      `The state bucket is there, but not its own state. In ${run.folder}, bring each of its resources back with: ` +
        `terraform import ${bucket.address} <bucket>`,
    );
  await apply(run, PLAN_FILE);
  return "changed";
}
