import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";

export const command = new Command("bootstrap")
  .description("create the bucket that holds an environment's state; running it again changes nothing")
  .addArgument(environmentArgument("the environment; use credentials of its account"))
  .action(async (environment: Environment) => {
    const { runBootstrap } = await import("../terraform/bootstrap.ts");
    await runBootstrap(environment);
  });
