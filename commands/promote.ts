import type { PromoteOptions } from "../release/run-promote.ts";
import { rolloutCommand } from "./rollout-options.ts";

export const command = rolloutCommand(
  "promote",
  "bring a release that was proved in one environment into another; exit codes as of deploy",
)
  .requiredOption("--from <environment>", "where it was deployed and passed")
  .requiredOption("--to <environment>", "where it goes")
  .option(
    "--propose",
    "only show what would be done, and the plan's digest; exit 0 when it waits for approval",
    false,
  )
  .option("--unlock <lock id>", "first take away a lock on the target whose owner is gone")
  .action(async (options: PromoteOptions) => {
    const { runPromote } = await import("../release/run-promote.ts");
    process.exitCode = await runPromote(options);
  });
