import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { S3Backend, type TerraformStack } from "cdktf";
import type { Environment } from "../config/environment.ts";
import { namesOf, projectTags } from "../config/names.ts";

/**
 * Adds the AWS provider, with the environment's region, account and tags, and the S3 backend, with encryption and
 * locking, to a stack.
 * @param stateKey object key of the state in the state bucket.
 */
export function addProviderAndBackend(stack: TerraformStack, environment: Environment, stateKey: string) {
  const names = namesOf(environment);
  new AwsProvider(stack, "aws", { region: environment.region, ...accountAndTags(environment) });
  new S3Backend(stack, {
    bucket: names.stateBucket,
    key: stateKey,
    region: environment.region,
    encrypt: true,
    kmsKeyId: names.stateKeyAlias,
    ...allowedAccount(environment),
  });
  stack.addOverride("terraform.backend.s3.use_lockfile", true);
  // Version 1.10 is the first whose S3 backend can lock the state with a file in the bucket.
  stack.addOverride("terraform.required_version", ">= 1.10.0");
}

/** Adds an AWS provider for another region, with the environment's account and tags. Its alias is the region. */
export const addProviderFor = (region: string, stack: TerraformStack, environment: Environment) =>
  new AwsProvider(stack, `aws-${region}`, { alias: region, region, ...accountAndTags(environment) });

const accountAndTags = (environment: Environment) => ({
  ...allowedAccount(environment),
  defaultTags: [{ tags: { ...environment.tags, ...projectTags(environment.name) } }],
});

const allowedAccount = ({ account }: Environment) =>
  account === undefined ? {} : { allowedAccountIds: [account] };
