import type { DeployOptions } from "../release/run-deploy.ts";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";
import { rolloutCommand } from "./rollout-options.ts";

export const command = rolloutCommand(
  "deploy",
  "deploy a release to an environment; exit code 0 done, 1 refused or failed, 2 needs approval, 3 blocked",
)
  .addArgument(environmentArgument())
  .option("--accept-care", "apply a plan that needs care without asking", false)
  .action(async (environment: Environment, options: DeployOptions) => {
    const { runDeploy } = await import("../release/run-deploy.ts");
    process.exitCode = await runDeploy(environment, options);
  });
