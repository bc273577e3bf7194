import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";
import { formatOption } from "./review-options.ts";

export const command = new Command("drift")
  .description(
    "say what changed outside Terraform, and what is not applied yet; exit 0 neither, 2 something, 3 blocked, 1 error",
  )
  .addArgument(environmentArgument())
  .addOption(formatOption("text", "json"))
  .action(async (environment: Environment, { format }: { format: "text" | "json" }) => {
    const { runDrift } = await import("../review/run-drift.ts");
    process.exitCode = await runDrift(environment, format);
  });
