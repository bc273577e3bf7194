import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";

export const command = new Command("drift-issue")
  .description(
    "in GitHub Actions: keep one issue for an environment's drift, and close it when the drift is gone",
  )
  .addArgument(environmentArgument())
  .action(async (environment: Environment) => {
    const { runDriftIssue } = await import("../review/drift-issue.ts");
    await runDriftIssue(environment);
  });
