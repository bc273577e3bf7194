import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy/index.js";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning/index.js";
import { Construct } from "constructs";
import { stateBucketKeys } from "../config/names.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { policyDocument } from "./policy.ts";

export interface StateBucketProps {
  readonly name: string;
  /** Alias of the bucket's own KMS key; begins with "alias/". */
  readonly keyAlias: string;
}

/**
 * The bucket that holds Terraform's state: every version of it kept, encrypted with a key of its own, closed to
 * the public, reached over TLS alone, and not to be destroyed. Releases and evidence in it are written once: nobody
 * overwrites or deletes them, whatever their permissions.
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
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: bucket.id,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true,
        },
      ],
    });
    new S3BucketOwnershipControls(this, "ownership", {
      bucket: bucket.id,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    const closed = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketPolicy(this, "policy", {
      bucket: bucket.id,
      policy: policyDocument(
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [bucket.arn, `${bucket.arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
          Sid: "WriteEvidenceOnce",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:PutObject",
          Resource: `${bucket.arn}/${stateBucketKeys.releases}*`,
          Condition: { Null: { "s3:if-none-match": "true" } },
        },
        {
          Sid: "KeepEvidence",
          Effect: "Deny",
          Principal: "*",
          Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
          Resource: `${bucket.arn}/${stateBucketKeys.releases}*`,
        },
      ),
      dependsOn: [closed],
    });
    this.arn = bucket.arn;
    this.keyArn = key.arn;
  }
}
