import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { prod } from "../config/environments/prod.ts";
import { loadEnvironments } from "../config/load-environments.ts";
import { BootstrapStack } from "../stacks/bootstrap-stack.ts";
import { MessagingStack } from "../stacks/messaging-stack.ts";
import { makeOffline } from "../terraform/offline.ts";
import { addTerraformFiles } from "../terraform/stack-folders.ts";
import { stackFolder } from "../terraform/synthesize.ts";
import { init, plan, showPlan } from "../terraform/terraform.ts";
import { addUnknownPolicies, type Code, type PlannedValues } from "./unknown-policies.ts";

const PLAN_FILE = "plan.tfplan";

/**
 * Plans all that prod can have, the roles of its pipeline too, from nothing and without AWS.
 *
 * @param folder for the stacks and the plan; emptied first.
 * @returns the plan's JSON file, and its number of resources.
 * @throws TerraformError if Terraform can't plan.
 */
export async function planStacks(folder: string): Promise<{ file: string; resources: number }> {
  rmSync(folder, { recursive: true, force: true });
  const { messaging, bootstrap } = synthesize(folder);
  // One configuration of both stacks takes half the time of two.
  const run = makeOffline({ folder: messaging });
  const bootstrapCode = readCode(bootstrap);
  writeFileSync(join(run.folder, "bootstrap.tf.json"), JSON.stringify({ resource: bootstrapCode }));
  await init(run);
  await plan(run, PLAN_FILE, "-lock=false", "-refresh=false");
  const planned = (await showPlan(run, PLAN_FILE)) as PlannedValues;
  addUnknownPolicies(planned, [readCode(messaging), bootstrapCode]);
  const file = join(folder, "plan.json");
  writeFileSync(file, JSON.stringify(planned));
  return { file, resources: planned.planned_values.root_module.resources.length };
}

/** Returns the folder of each stack. */
function synthesize(outdir: string): { messaging: string; bootstrap: string } {
  const literal = { pipeline: { repository: "owner/name" }, ...prod };
  const [environment] = loadEnvironments({ [literal.name]: literal });
  if (!environment) throw new Error("no environment");
  const app = new App({ outdir });
  const messaging = new MessagingStack(app, environment).node.id;
  const bootstrap = new BootstrapStack(app, environment).node.id;
  app.synth();
  addTerraformFiles(outdir);
  return { messaging: stackFolder(messaging, outdir), bootstrap: stackFolder(bootstrap, outdir) };
}

const readCode = (folder: string): Code =>
  (JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as { resource: Code }).resource;
