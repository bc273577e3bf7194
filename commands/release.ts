import { Command } from "commander";
import type { ReleaseOptions } from "../release/make-release.ts";

export const command = new Command("release")
  .description("make one release of all environments from the commit that is checked out")
  .option("--allow-dirty", "include uncommitted changes; such a release can't be promoted", false)
  .option("--out <folder>", "where to put release/ and release.zip (default: a folder in .local/releases)")
  .action(async (options: ReleaseOptions) => {
    const { runRelease } = await import("../release/make-release.ts");
    await runRelease(options);
  });
