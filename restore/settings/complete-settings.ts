import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../config/project-folder.ts";
import { UserError } from "../../config/user-error.ts";
import { readPlanJson } from "../../terraform/plan-json.ts";
import { apply, init, plan, showPlan, type StackRun } from "../../terraform/terraform.ts";
import { arnIn, type RestoredFrom } from "../restored-from.ts";
import { restoredStack } from "./restored-stack.ts";
import type { StackJson } from "./stack-json.ts";

/** A restored copy whose settings are completed. */
export interface Completion {
  readonly from: RestoredFrom;
  /** Physical name of the copy. */
  readonly name: string;
  /** File with the code of the synthesized messaging stack. */
  readonly code: string;
  readonly onProgress: (message: string) => void;
}

const PLAN_FILE = "restored.tfplan";

/**
 * Sets on a restored copy what a restore leaves out, as the settings say: stream, time to live, point-in-time recovery,
 * deletion protection, tags, table class, capacity and its scaling, Contributor Insights and alarms. Terraform does it, with the
 * code of the live table, and with a state that is thrown away. It can be run again.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 * @throws UserError when Terraform fails, or would have to delete something.
 */
export async function completeSettings({ from, name, code, onProgress }: Completion): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "restored-"));
  try {
    const stack = JSON.parse(readFileSync(code, "utf8")) as StackJson;
    const restored = restoredStack(stack, { ...from, name }, (topic) => arnIn(from, "sns", topic));
    writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(restored, null, 2));
    copyFileSync(join(projectFolder, "terraform.lock.hcl"), join(folder, ".terraform.lock.hcl"));
    const run: StackRun = { folder, env: from.access.env, onProgress };
    await init(run);
    if (!(await plan(run, PLAN_FILE))) return;
    await refuseDeletions(run, name);
    await apply(run, PLAN_FILE);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function refuseDeletions(run: StackRun, name: string): Promise<void> {
  const { resource_changes: changes = [] } = readPlanJson(
    JSON.stringify(await showPlan(run, PLAN_FILE)),
    PLAN_FILE,
  );
  const deleted = changes.filter(({ change }) => change.actions.includes("delete"));
  if (deleted.length > 0)
    throw new UserError(
      `To give ${name} its settings, Terraform would delete ${deleted.map(({ address }) => address).join(", ")}. Nothing was changed. ` +
        "Are the table's keys, or its encryption, other ones than at that time?",
    );
}
