import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument, seconds } from "./command-line.ts";

export const command = new Command("smoke")
  .description("send a canary conversation through an environment, and remove it again")
  .addArgument(environmentArgument("the environment; of its items, only those of canaries are touched"))
  .option("--deadline <seconds>", "how long to wait for the trigger", seconds(1, 3_600), 60)
  .action(async (environment: Environment, { deadline }: { deadline: number }) => {
    const { runSmokeTest } = await import("../release/smoke/smoke-test.ts");
    process.exitCode = await runSmokeTest(environment, deadline);
  });
