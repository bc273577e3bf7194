import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackNames } from "../../config/names.ts";
import { stackCode, synthesize } from "../../terraform/synthesize.ts";
import { terraformVersion } from "../../terraform/terraform.ts";
import type { RestoredFrom } from "../restored-from.ts";
import { completeSettings } from "./complete-settings.ts";

/**
 * Sets on a restored copy what its settings in this checkout say.
 * @throws UserError when there is no Terraform, or it fails.
 */
export async function completeFromCheckout(
  from: RestoredFrom,
  name: string,
  onProgress: (message: string) => void,
): Promise<void> {
  await terraformVersion();
  onProgress(`Setting on ${name} what a restore leaves out`);
  const output = mkdtempSync(join(tmpdir(), "restored-"));
  try {
    await synthesize(output);
    const code = stackCode(stackNames(from.environment.name).messaging, output);
    await completeSettings({ from, name, code, onProgress });
  } finally {
    rmSync(output, { recursive: true });
  }
}
