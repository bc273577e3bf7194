import { GetObjectCommand, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import type { ClientSettings } from "./access.ts";

/** An S3 client for an environment's state bucket. An endpoint other than AWS's has no host name per bucket. */
export const stateBucketClient = (settings: ClientSettings) =>
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
