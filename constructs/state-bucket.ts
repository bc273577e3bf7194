import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy/index.js";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning/index.js";
import { Construct } from "constructs";
import { stateBucketKeys } from "../config/names.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { denyEveryone, denyWithoutTls, policyDocument } from "./policy.ts";

export interface StateBucketProps {
  readonly name: string;
  /** Alias of the bucket's KMS key; starts with "alias/". */
  readonly keyAlias: string;
}

/**
 * The bucket of the Terraform state: versioned, encrypted with its own key, without public access, TLS only, and
 * protected against destruction. Its policy denies everyone to overwrite or delete releases and evidence.
 */
export class StateBucket extends Construct {
  readonly arn: string;
  readonly keyArn: string;

  constructor(scope: Construct, id: string, { name, keyAlias }: StateBucketProps) {
    super(scope, id);
    const key = new EncryptionKey(this, "key", {
      alias: keyAlias,
      description: "Encrypts the Terraform state of Cruddur's messaging",
      preventDestroy: true,
    });
    const bucket = new S3Bucket(this, "bucket", { bucket: name, lifecycle: { preventDestroy: true } });
    new S3BucketVersioningA(this, "versioning", {
      bucket: bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    const encryption = { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn };
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: encryption, bucketKeyEnabled: true }],
    });
    new S3BucketOwnershipControls(this, "ownership", {
      bucket: bucket.id,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    const publicAccessBlock = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const evidence = `${bucket.arn}/${stateBucketKeys.releases}*`;
    new S3BucketPolicy(this, "policy", {
      bucket: bucket.id,
      policy: policyDocument(
        denyWithoutTls("s3", [bucket.arn, `${bucket.arn}/*`]),
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
        denyEveryone("WriteEvidenceOnce", "s3:PutObject", evidence, { Null: { "s3:if-none-match": "true" } }),
        denyEveryone("KeepEvidence", ["s3:DeleteObject", "s3:DeleteObjectVersion"], evidence),
      ),
      dependsOn: [publicAccessBlock],
    });
    this.arn = bucket.arn;
    this.keyArn = key.arn;
  }
}
