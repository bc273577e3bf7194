import type { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy/index.js";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js";
import type { Construct } from "constructs";
import { denyWithoutTls, policyDocument, type Statement } from "./policy.ts";

/**
 * Encrypts a bucket with a key, and lets nobody reach it without TLS, by an ACL or in public.
 * @param statements of its policy, besides.
 */
export function makePrivate(
  scope: Construct,
  bucket: S3Bucket,
  keyArn: string,
  statements: readonly Statement[] = [],
): void {
  const encryption = { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn };
  new S3BucketServerSideEncryptionConfigurationA(scope, "encryption", {
    bucket: bucket.id,
    rule: [{ applyServerSideEncryptionByDefault: encryption, bucketKeyEnabled: true }],
  });
  new S3BucketOwnershipControls(scope, "ownership", {
    bucket: bucket.id,
    rule: { objectOwnership: "BucketOwnerEnforced" },
  });
  const publicAccessBlock = new S3BucketPublicAccessBlock(scope, "public-access", {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new S3BucketPolicy(scope, "policy", {
    bucket: bucket.id,
    policy: policyDocument(denyWithoutTls("s3", [bucket.arn, `${bucket.arn}/*`]), ...statements),
    dependsOn: [publicAccessBlock],
  });
}
