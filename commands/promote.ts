import type { PromoteOptions } from "../release/run-promote.ts";
import { environmentOption } from "./command-line.ts";
import { rolloutCommand } from "./rollout-options.ts";

export const command = rolloutCommand(
  "promote",
  "deploy a release that passed in one environment to another; exit codes as for deploy",
)
  .addOption(environmentOption("where it passed", "--from <environment>").makeOptionMandatory())
  .addOption(environmentOption("where to deploy it", "--to <environment>").makeOptionMandatory())
  .option("--propose", "only show the plan and its digest; exit code 0 when it waits for approval", false)
  .action(async (options: PromoteOptions) => {
    const { runPromote } = await import("../release/run-promote.ts");
    process.exitCode = await runPromote(options);
  });
