import { App } from "cdktf";
import type { Environment } from "../config/environment.ts";
import { BootstrapStack } from "../stacks/bootstrap-stack.ts";
import { MessagingStack } from "../stacks/messaging-stack.ts";
import { addTerraformFiles } from "../terraform/stack-folders.ts";

/** Synthesizes both stacks of an environment that config/environments doesn't have, for an embedded AWS. */
export function synthesizeEnvironment(environment: Environment, outdir: string, endpoint: string): void {
  const app = new App({ outdir });
  new BootstrapStack(app, environment);
  new MessagingStack(app, environment);
  app.synth();
  addTerraformFiles(outdir, endpoint);
}
