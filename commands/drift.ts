import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";
import { formatOption } from "./review-options.ts";

export const command = new Command("drift")
  .description(
    "show what changed outside Terraform, and what is not applied yet; exit code 0 neither, 1 error, 2 either, 3 blocked",
  )
  .addArgument(environmentArgument())
  .addOption(formatOption("text", "json"))
  .action(async (environment: Environment, { format }: { format: "text" | "json" }) => {
    const { runDrift } = await import("../review/run-drift.ts");
    process.exitCode = await runDrift(environment, format);
  });
