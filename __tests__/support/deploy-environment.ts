import { join } from "node:path";
import { type EnvironmentLiteral, environmentSchema } from "../../config/environment.ts";
import { bootstrapEnvironment, deployEnvironment } from "../../local/deploy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { synthesizeEnvironment } from "../../local/synthesize-environment.ts";

/** Synthesizes both stacks of an environment of a test's own, for an embedded AWS. */
export const synthesizeFor = (aws: EmbeddedAws, literal: EnvironmentLiteral, output: string): void => {
  synthesizeEnvironment(environmentSchema.parse(literal), output, aws.endpoint);
};

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
