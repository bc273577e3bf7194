import { S3ServiceException } from "@aws-sdk/client-s3";
import type { Environment } from "../config/environment.ts";
import { stateBucketKeys } from "../config/names.ts";
import type { ClientSettings } from "./access.ts";
import { readObject, bucketClient } from "./state-bucket-client.ts";

/** Where the account of an environment is recorded, as errors name it. */
export const recordedAt = ({ state }: Environment) => `s3://${state.bucket}/${stateBucketKeys.account}`;

/**
 * The account that an environment's first deployment recorded; undefined where there was none, or no bucket yet.
 * @throws S3ServiceException when the bucket can't be read: most of all when it is another account's.
 */
export async function recordedAccount(
  { state }: Environment,
  settings: ClientSettings,
): Promise<string | undefined> {
  const client = bucketClient(settings);
  try {
    const content = await readObject(client, state.bucket, stateBucketKeys.account);
    return content?.toString().trim();
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "NoSuchBucket") return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
