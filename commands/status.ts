import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";

export const command = new Command("status")
  .description(
    "show whether messaging is healthy: tables, trigger, backlog, alarms, last deployment and backup; exit code 1 if it is ill",
  )
  .addArgument(environmentArgument())
  .option("--json", "print it as JSON", false)
  .action(async (environment: Environment, options: { json: boolean }) => {
    const { runStatus } = await import("../status/run-status.ts");
    process.exitCode = await runStatus(environment, options);
  });
