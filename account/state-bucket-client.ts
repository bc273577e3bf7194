import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import { type ClientSettings, ownVariable } from "./access.ts";

/** An S3 client for the buckets of an environment. An endpoint other than AWS's has no host name per bucket. */
export const bucketClient = (settings: ClientSettings) =>
  new S3Client({ ...settings, forcePathStyle: settings.endpoint !== undefined });

/**
 * The content of an object; undefined if there is none.
 * @throws S3ServiceException when the bucket can't be read.
 */
export async function readObject(client: S3Client, Bucket: string, Key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Body && Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/**
 * Writes an object that isn't there. The bucket's policy demands the condition for releases and evidence.
 * @returns false when it is there already.
 * @throws S3ServiceException when the bucket can't be written.
 */
export async function writeObjectOnce(
  client: S3Client,
  Bucket: string,
  Key: string,
  Body: string | Uint8Array,
): Promise<boolean> {
  try {
    await client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: "*" }));
    return true;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "PreconditionFailed") return false;
    throw error;
  }
}

/**
 * What went wrong with an environment's state bucket, for a user: that there is none, or that the credentials are not
 * enough. Any other error as it is.
 */
export function explainedBucketError(
  error: unknown,
  { name, state }: Pick<Environment, "name" | "state">,
): unknown {
  if (!(error instanceof S3ServiceException)) return error;
  if (error.name === "NoSuchBucket")
    return new UserError(
      `There is no state bucket ${state.bucket}. Make it with: npm run bootstrap -- ${name}`,
    );
  if (error.name === "AccessDenied")
    return new UserError(
      `The state bucket ${state.bucket} can't be used with these credentials: ${error.message}. ` +
        `Those for ${name} can be given with ${ownVariable({ name }, "AWS_PROFILE")}.`,
    );
  return error;
}
