import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument, seconds } from "./command-line.ts";

export const command = new Command("smoke")
  .description("send a canary conversation through an environment, and take it away again")
  .addArgument(environmentArgument("which; its table's items are reached, those of canaries alone"))
  .option("--deadline <seconds>", "how long the trigger may take", seconds(1, 3_600), 60)
  .action(async (environment: Environment, { deadline }: { deadline: number }) => {
    const { runSmokeTest } = await import("../release/smoke/run-smoke-test.ts");
    process.exitCode = await runSmokeTest(environment, deadline);
  });
