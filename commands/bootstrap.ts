import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";

export const command = new Command("bootstrap")
  .description("make the bucket for an environment's state, once; doing it again changes nothing")
  .addArgument(environmentArgument("whose bucket; the credentials must be those of its account"))
  .action(async (environment: Environment) => {
    const { runBootstrap } = await import("../terraform/bootstrap.ts");
    await runBootstrap(environment);
  });
