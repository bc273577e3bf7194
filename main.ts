import { App } from "cdktf";
import { loadEnvironments } from "./config/load-environments.ts";
import { findWarnings } from "./config/shared-settings.ts";
import { UserError } from "./config/user-error.ts";
import { addTerraformFiles } from "./terraform/stack-folders.ts";
import { BootstrapStack } from "./stacks/bootstrap-stack.ts";
import { MessagingStack } from "./stacks/messaging-stack.ts";
import { findOverQuota } from "./stacks/quotas.ts";

try {
  const environments = loadEnvironments();
  const app = new App();
  const stacks = environments.flatMap((environment) => [
    new BootstrapStack(app, environment),
    new MessagingStack(app, environment),
  ]);
  const overQuota = stacks.flatMap(findOverQuota);
  if (overQuota.length > 0) throw new UserError(overQuota.join("\n"));
  app.synth();
  addTerraformFiles(app.outdir);
  for (const warning of findWarnings(environments)) console.error(`Warning: ${warning}`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
