import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification/index.js";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { Construct } from "constructs";
import { bucketFolders } from "../../messaging/analytics/bucket-folders.ts";
import { accountOf } from "../arn.ts";
import { EncryptionKey } from "../encryption-key.ts";
import { denyWithoutTls, policyDocument } from "../policy.ts";
import { makePrivate } from "../private-bucket.ts";

export interface ExportsBucketProps {
  readonly name: string;
  /** Alias of the bucket's KMS key; starts with "alias/". */
  readonly keyAlias: string;
  /** How long an export is kept. */
  readonly keepDays: number;
  /** Whether it holds data that must not be lost: Terraform then deletes neither the key nor a bucket with anything in it. */
  readonly protected: boolean;
  /** The queue that gets an entry for each export that is complete. */
  readonly completedQueue: string;
}

/** Results of queries are asked for at once; longer than an export they must not be kept. */
const RESULT_DAYS = 7;

/** The longest that a queue keeps an entry. */
const ENTRY_SECONDS = 14 * 86_400;

/**
 * The bucket of the exports and of the results of queries: encrypted with its own key, TLS only, without public access and
 * without versions, so that what is deleted is gone. A queue gets an entry for each export that is complete: an export
 * writes its summary once all of its data is there.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
export class ExportsBucket extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly keyArn: string;

  constructor(scope: Construct, id: string, props: ExportsBucketProps) {
    super(scope, id);
    const { name, keyAlias, completedQueue } = props;
    const key = new EncryptionKey(this, "key", {
      alias: keyAlias,
      description: "Encrypts the exports of Cruddur's messaging, and the results of queries over them",
      preventDestroy: props.protected,
    });
    const bucket = new S3Bucket(this, "bucket", {
      bucket: name,
      forceDestroy: !props.protected,
      lifecycle: { preventDestroy: props.protected },
    });
    makePrivate(this, bucket, key.arn);
    this.#expire(bucket, props.keepDays);
    this.#tellOfCompleted(bucket, completedQueue, accountOf(key.arn));
    this.name = bucket.bucket;
    this.arn = bucket.arn;
    this.keyArn = key.arn;
  }

  #expire(bucket: S3Bucket, keepDays: number): void {
    const rule = (id: string, prefix: string, days: number) => ({
      id,
      status: "Enabled",
      filter: [{ prefix }],
      expiration: [{ days }],
      abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
    });
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket: bucket.id,
      rule: [
        rule("exports", bucketFolders.messages, keepDays),
        rule("results", bucketFolders.results, Math.min(keepDays, RESULT_DAYS)),
      ],
    });
  }

  #tellOfCompleted(bucket: S3Bucket, name: string, account: string): void {
    const queue = new SqsQueue(this, "completed", {
      name,
      messageRetentionSeconds: ENTRY_SECONDS,
      sqsManagedSseEnabled: true,
      // A queue policy applies to its own queue only.
      policy: policyDocument(
        {
          Sid: "TellOfCompletedExports",
          Effect: "Allow",
          Principal: { Service: "s3.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: "*",
          Condition: {
            ArnEquals: { "aws:SourceArn": bucket.arn },
            StringEquals: { "aws:SourceAccount": account },
          },
        },
        denyWithoutTls("sqs", "*"),
      ),
    });
    new S3BucketNotification(this, "notification", {
      bucket: bucket.id,
      queue: [
        {
          id: "completed-exports",
          queueArn: queue.arn,
          events: ["s3:ObjectCreated:*"],
          filterPrefix: bucketFolders.messages,
          filterSuffix: "/manifest-summary.json",
        },
      ],
    });
  }
}
