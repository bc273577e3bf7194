import type { DeployOptions } from "../release/run-deploy.ts";
import { rolloutCommand } from "./rollout-options.ts";

export const command = rolloutCommand(
  "deploy",
  "deploy a release to an environment; exit code 0 done, 1 refused or failed, 2 needs approval, 3 blocked",
)
  .argument("<environment>")
  .option("--accept-care", "apply a plan that needs care without asking", false)
  .action(async (environment: string, options: DeployOptions) => {
    const { runDeploy } = await import("../release/run-deploy.ts");
    process.exitCode = await runDeploy(environment, options);
  });
