import { HeadBucketCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { callerOf } from "../account/caller.ts";
import { bucketClient } from "../account/state-bucket-client.ts";
import type { Environment } from "../config/environment.ts";
import { namesOf } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { localAccount } from "./accounts.ts";
import { clientSettings, environmentFor } from "./embedded-aws/embedded-aws.ts";
import { findDetachedEmbeddedAws } from "./embedded-aws/detached-instance.ts";

/**
 * The endpoint of an embedded AWS that is running already and can take these environments: the one that
 * `AWS_ENDPOINT_URL` says, or else the one that `npm start -- --keep` left.
 * @returns undefined if there is none.
 * @throws UserError when nothing answers at `AWS_ENDPOINT_URL`, or when an environment's state bucket is in another
 * account there, since then it would have the account of an environment that was made otherwise.
 */
export async function runningEndpoint(environments: readonly Environment[]): Promise<string | undefined> {
  const given = process.env["AWS_ENDPOINT_URL"] ?? "";
  const endpoint = given === "" ? (await findDetachedEmbeddedAws())?.endpoint : given;
  if (endpoint === undefined) return undefined;
  for (const environment of environments) {
    const account = localAccount(environment);
    const client = clientSettings({ endpoint }, account, environment.region);
    if (given !== "") await callerOf(environment, { env: environmentFor(endpoint, account), client });
    await checkStateBucket(environment, endpoint);
  }
  return endpoint;
}

async function checkStateBucket(environment: Environment, endpoint: string): Promise<void> {
  const account = localAccount(environment);
  const { stateBucket } = namesOf(environment);
  const client = bucketClient(clientSettings({ endpoint }, account, environment.region));
  try {
    await client.send(new HeadBucketCommand({ Bucket: stateBucket }));
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 404) return;
    if (status !== 403) throw error;
    throw new UserError(
      `The embedded AWS at ${endpoint} was made with other settings: ${stateBucket}, the state bucket of ${environment.name}, is there in another account than ${account}. Run npm stop, unset AWS_ENDPOINT_URL where it is set, and start again.`,
    );
  } finally {
    client.destroy();
  }
}
