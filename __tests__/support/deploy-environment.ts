import { join } from "node:path";
import { App } from "cdktf";
import { type EnvironmentLiteral, environmentSchema } from "../../config/environment.ts";
import { bootstrapEnvironment, deployEnvironment } from "../../local/deploy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { BootstrapStack } from "../../stacks/bootstrap-stack.ts";
import { MessagingStack } from "../../stacks/messaging-stack.ts";
import { addTerraformFiles } from "../../terraform/stack-folders.ts";

/** Synthesizes both stacks of an environment of a test's own, for an embedded AWS. */
export function synthesizeFor(aws: EmbeddedAws, literal: EnvironmentLiteral, output: string): void {
  const before = process.env["AWS_ENDPOINT_URL"];
  process.env["AWS_ENDPOINT_URL"] = aws.endpoint;
  try {
    const app = new App({ outdir: output });
    const environment = environmentSchema.parse(literal);
    new BootstrapStack(app, environment);
    new MessagingStack(app, environment);
    app.synth();
    addTerraformFiles(output);
  } finally {
    if (before === undefined) delete process.env["AWS_ENDPOINT_URL"];
    else process.env["AWS_ENDPOINT_URL"] = before;
  }
}

/**
 * Deploys both stacks of an environment, as they were synthesized, into an account of an embedded AWS.
 * @param output the folder with the synthesized `stacks/`.
 */
export async function deployInto(aws: EmbeddedAws, account: string, environment: string, output: string) {
  const env = aws.environmentFor(account);
  const deployment = { environment, output, env, logFile: join(output, "terraform.log") };
  await bootstrapEnvironment(deployment);
  await deployEnvironment(deployment);
}
