import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import type { PlanCommandOptions } from "../review/run-plan.ts";
import { environmentArgument } from "./command-line.ts";
import { failOnOption } from "./review-options.ts";

export const command = new Command("plan")
  .description(
    "plan an environment and say what that does; exit 0 nothing to do, 2 changes, 3 blocked, 1 error",
  )
  .addArgument(environmentArgument())
  .option("--out <folder>", "gets the plans and the review (default: .local/plan/<environment>)")
  .option("--offline", "plan from nothing, without credentials")
  .option("--since <commit>", "the code that the change starts from, to see which guards it takes off")
  .addOption(failOnOption())
  .action(async (environment: Environment, options: PlanCommandOptions) => {
    const { runPlan } = await import("../review/run-plan.ts");
    process.exitCode = await runPlan(environment, options);
  });
