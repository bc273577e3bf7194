import { S3Client } from "@aws-sdk/client-s3";
import type { ClientSettings } from "./access.ts";

/** An S3 client for an environment's state bucket. An endpoint other than AWS's has no host name per bucket. */
export const stateBucketClient = (settings: ClientSettings) =>
  new S3Client({ ...settings, forcePathStyle: settings.endpoint !== undefined });
