import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import type { DestroyOptions } from "../release/destroy/destroy.ts";
import { environmentArgument } from "./command-line.ts";
import { withLockOptions } from "./rollout-options.ts";

export const command = withLockOptions(
  new Command("destroy")
    .description(
      "destroy an environment's messaging stack, its data included, once its name is typed; never a protected one. " +
        "Exit code 0 done, 1 refused or failed",
    )
    .addArgument(environmentArgument("the environment; use credentials of its account"))
    .option("--confirm <environment>", "its name again, for pipelines (default: asks at the terminal)"),
).action(async (environment: Environment, options: DestroyOptions) => {
  const { destroy } = await import("../release/destroy/destroy.ts");
  await destroy(environment, options);
});
