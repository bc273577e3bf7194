import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { S3Backend, type TerraformStack } from "cdktf";
import type { Environment } from "../config/environment.ts";
import { namesOf } from "../config/names.ts";

/** The first Terraform whose S3 backend locks with a file in the bucket. */
const TERRAFORM_VERSION = ">= 1.10.0";

/**
 * What every stack of an environment has in common: AWS in its region (and, where said, no account but its own),
 * its tags on every resource, and its state in its bucket, encrypted with the bucket's key and locked while in use.
 *
 * @param stateKey the state's object in the bucket.
 */
export function addProviderAndBackend(
  stack: TerraformStack,
  environment: Environment,
  stateKey: string,
): void {
  const names = namesOf(environment);
  new AwsProvider(stack, "aws", {
    region: environment.region,
    ...(environment.account !== undefined && { allowedAccountIds: [environment.account] }),
    defaultTags: [
      { tags: { ...environment.tags, environment: environment.name, service: "cruddur-messaging" } },
    ],
  });
  new S3Backend(stack, {
    bucket: names.stateBucket,
    key: stateKey,
    region: environment.region,
    encrypt: true,
    kmsKeyId: names.stateKeyAlias,
    ...(environment.account !== undefined && { allowedAccountIds: [environment.account] }),
  });
  stack.addOverride("terraform.backend.s3.use_lockfile", true);
  stack.addOverride("terraform.required_version", TERRAFORM_VERSION);
}
