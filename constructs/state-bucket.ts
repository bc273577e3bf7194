import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning/index.js";
import { Construct } from "constructs";
import { stateBucketKeys } from "../config/names.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { denyEveryone } from "./policy.ts";
import { makePrivate } from "./private-bucket.ts";

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
    const evidence = `${bucket.arn}/${stateBucketKeys.releases}*`;
    makePrivate(this, bucket, key.arn, [
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
      denyEveryone("WriteEvidenceOnce", "s3:PutObject", evidence, { Null: { "s3:if-none-match": "true" } }),
      denyEveryone("KeepEvidence", ["s3:DeleteObject", "s3:DeleteObjectVersion"], evidence),
    ]);
    this.arn = bucket.arn;
    this.keyArn = key.arn;
  }
}
