import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import type { PlanCommandOptions } from "../review/run-plan.ts";
import { environmentArgument } from "./command-line.ts";
import { failOnOption } from "./review-options.ts";

export const command = new Command("plan")
  .description(
    "plan an environment and review the plan; exit code 0 nothing to do, 1 error, 2 changes, 3 blocked",
  )
  .addArgument(environmentArgument())
  .option("--out <folder>", "where to put the plans and the review (default: .local/plan/<environment>)")
  .option("--offline", "plan from an empty state, without credentials")
  .option("--since <commit>", "the commit that the change is based on, to find guards that it removes")
  .option(
    "--synthesized <folder>",
    "plan stacks that untrusted code synthesized there, after a check; all else is this checkout's",
  )
  .option("--exceptions <file>", "the exceptions (default: review-exceptions.json)")
  .addOption(failOnOption())
  .action(async (environment: Environment, options: PlanCommandOptions) => {
    const { runPlan } = await import("../review/run-plan.ts");
    process.exitCode = await runPlan(environment, options);
  });
