import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";

export const command = new Command("parity")
  .description("show what differs between the stacks of two environments, and which setting causes it")
  .addArgument(environmentArgument())
  .addArgument(environmentArgument("the one that it is compared with", "<other>"))
  .action(async (environment: Environment, other: Environment) => {
    const { runParity } = await import("../release/parity/parity.ts");
    process.exitCode = await runParity(environment, other);
  });
