import { everyFewSeconds } from "../repair/every-few-seconds.ts";
import { limitedClient, restoreFolder, type Use } from "./compare-with-live.ts";
import type { Comparison } from "./compare/comparison.ts";
import { copyMissing } from "./copy-missing/copy-missing.ts";
import { readCopyPlan, writeCopyPlan } from "./copy-missing/copy-plan-file.ts";
import { copiedText, copyPlanText, repairCommands } from "./copy-missing/format-copy.ts";
import { planCopy } from "./copy-missing/plan-copy.ts";
import type { RestoredFrom } from "./restored-from.ts";

/**
 * Shows which items would be copied back to the live table, and keeps the plan.
 * @param command the command that copies them, once a digest is added.
 * @returns whether there are any.
 */
export async function showCopy(
  comparison: Comparison,
  command: string,
  say: (message: string) => void,
): Promise<boolean> {
  const { plan, left } = planCopy(comparison);
  say(copyPlanText(plan, left));
  if (plan.keys.length === 0) return false;
  await writeCopyPlan(restoreFolder(plan.restored), plan);
  say(`Nothing was copied. To copy them:\n${command} --approve ${plan.digest}`);
  return true;
}

/**
 * Copies the items of the plan that was approved from a restored copy back to the live table.
 * @throws UserError when there is no such plan.
 */
export async function copyApproved(
  from: RestoredFrom,
  name: string,
  digest: string,
  use: Use,
): Promise<void> {
  const { environment, table } = from;
  const plan = await readCopyPlan(restoreFolder(name), digest);
  const client = limitedClient(from, use);
  use.onProgress(`Copying ${plan.keys.length} items from ${plan.restored} to ${plan.live}`);
  const onProgress = everyFewSeconds(use.onProgress);
  try {
    const copied = await copyMissing({
      client,
      plan,
      timeToLiveAttribute: environment.tables[table].timeToLiveAttribute,
      onProgress: (soFar) => {
        onProgress(copiedText(soFar));
      },
    });
    use.onProgress(`${copiedText(copied)}.`);
    const repairs = repairCommands(environment.name, copied);
    if (repairs.length > 0)
      use.onProgress(
        ["The inboxes follow by themselves. What is left to do:", ...repairs.map((each) => `  ${each}`)].join(
          "\n",
        ),
      );
  } finally {
    client.destroy();
  }
}
