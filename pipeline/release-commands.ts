import type { Command } from "commander";
import { environmentNamed } from "../config/load-environments.ts";
import { seconds } from "./command.ts";
import { accessTo } from "./deploy-access.ts";
import { parity, parityLines } from "./parity.ts";
import { makeRelease } from "./release.ts";
import { smoke, smokeLines } from "./smoke.ts";

/** Adds what makes a release and what looks at environments: `release`, `smoke` and `parity`. */
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

  program
    .command("smoke")
    .description("send a canary conversation through an environment, and take it away again")
    .argument("<environment>", "which; its table's items are reached, those of canaries alone")
    .option("--deadline <seconds>", "how long the trigger may take", seconds(1, 3_600), 60)
    .action(async (name: string, { deadline }: { deadline: number }) => {
      const environment = environmentNamed(name);
      const report = await smoke(environment, accessTo(environment).client, {
        deadlineSeconds: deadline,
        signal: interruption(),
      });
      console.log(smokeLines(name, report).join("\n"));
      if (!report.passed) process.exitCode = 1;
    });

  program
    .command("parity")
    .description(
      "what differs between two environments' stacks, each difference with the setting that makes it",
    )
    .argument("<environment>")
    .argument("<other>")
    .action(async (name: string, other: string) => {
      const found = await parity(environmentNamed(name), environmentNamed(other));
      console.log(parityLines(found).join("\n"));
      if (found.differences.some(({ settings }) => settings.length === 0)) process.exitCode = 1;
    });
}

/** Told when the process is asked to end, so that it can tidy up first; asked again, it ends. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      controller.abort();
    });
  return controller.signal;
}
