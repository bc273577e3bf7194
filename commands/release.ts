import { Command } from "commander";
import type { ReleaseOptions } from "../release/release.ts";

export const command = new Command("release")
  .description("make one release of every environment from the commit that is checked out")
  .option("--allow-dirty", "take changes that are in no commit too; such a release can't be promoted", false)
  .option("--out <folder>", "gets release/ and release.zip (default: a folder of .local/releases)")
  .action(async (options: ReleaseOptions) => {
    const { runRelease } = await import("../release/run-release.ts");
    await runRelease(options);
  });
