import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";

export const command = new Command("bootstrap")
  .description(
    "create what deployments of an environment need: state bucket, permissions boundary, pipeline roles; running it again changes nothing",
  )
  .addArgument(environmentArgument("the environment; use credentials of its account"))
  .action(async (environment: Environment) => {
    const { runBootstrap } = await import("../terraform/bootstrap.ts");
    await runBootstrap(environment);
  });
