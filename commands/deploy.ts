import type { DeployOptions } from "../release/run-deploy.ts";
import { rolloutCommand } from "./rollout-options.ts";

export const command = rolloutCommand(
  "deploy",
  "bring a release into an environment; exit 0 done, 1 refused or failed, 2 needs approval, 3 blocked",
)
  .argument("<environment>")
  .option("--accept-care", "let through a plan that needs care, without asking", false)
  .option("--unlock <lock id>", "first take away a lock whose owner is gone")
  .action(async (environment: string, options: DeployOptions) => {
    const { runDeploy } = await import("../release/run-deploy.ts");
    process.exitCode = await runDeploy(environment, options);
  });
