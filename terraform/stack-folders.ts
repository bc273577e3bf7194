import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../config/project-folder.ts";

/** Terraform reads it after `cdk.tf.json`, and what it says wins: https://developer.hashicorp.com/terraform/language/files/override */
const OVERRIDE_FILE = "endpoint_override.tf.json";

/**
 * Puts beside each synthesized stack what Terraform needs to run it: the lock file with the checksums of the
 * provider for every platform, and the settings for an endpoint, if it isn't AWS's own. What was synthesized is not touched.
 * @param endpoint Default: `AWS_ENDPOINT_URL`, where it is set.
 */
export function addTerraformFiles(outputFolder: string, endpoint = process.env["AWS_ENDPOINT_URL"]): void {
  const stacks = join(outputFolder, "stacks");
  for (const name of readdirSync(stacks)) {
    const folder = join(stacks, name);
    copyFileSync(join(projectFolder, "terraform.lock.hcl"), join(folder, ".terraform.lock.hcl"));
    if (endpoint) addEndpointOverride(folder);
    else rmSync(join(folder, OVERRIDE_FILE), { force: true });
  }
}

/**
 * Puts the settings for an endpoint other than AWS's own beside one synthesized stack: it has no host name per bucket,
 * so S3 is addressed by path.
 */
export function addEndpointOverride(folder: string): void {
  const { terraform } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as {
    terraform: { backend: { s3: Record<string, unknown> } };
  };
  const override = {
    provider: { aws: [{ s3_use_path_style: true }] },
    // An override replaces the whole backend block.
    terraform: { backend: { s3: { ...terraform.backend.s3, use_path_style: true } } },
  };
  writeFileSync(join(folder, OVERRIDE_FILE), `${JSON.stringify(override, null, 2)}\n`);
}
