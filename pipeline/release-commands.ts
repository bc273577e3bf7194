import type { Command } from "commander";
import { makeRelease } from "./release.ts";

/** Adds what takes a release from a commit to production. */
export function addReleaseCommands(program: Command): void {
  program
    .command("release")
    .description("make one release of every environment from the commit that is checked out")
    .option(
      "--allow-dirty",
      "take changes that are in no commit too; such a release can't be promoted",
      false,
    )
    .option("--out <folder>", "gets release/ and release.zip (default: a folder of .local/releases)")
    .action(async (options: { allowDirty: boolean; out?: string }) => {
      const { folder, archive, manifest } = await makeRelease(options);
      console.log(`Release ${manifest.digest}`);
      console.log(
        `  of commit ${manifest.commit}${manifest.promotable ? "" : " with changes: it can't be promoted"}`,
      );
      console.log(`  ${Object.keys(manifest.files).length} files in ${folder}`);
      console.log(`  archive ${archive}`);
      console.log(`Next: npm run deploy -- dev --release ${archive}`);
    });
}
