import type { PlannedCases } from "../planned-cases.ts";
import { changed } from "./changed.ts";

const FLAGS = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
const allOn = Object.fromEntries(FLAGS.map((flag) => [flag, true]));

const other = (flag: string) => FLAGS[(FLAGS.indexOf(flag) + 1) % FLAGS.length] ?? "";

const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

const block = changed("public-access-block");

/** What keeps data from being opened to everybody, turned off. */
export const publicAccessCases: PlannedCases = {
  ...Object.fromEntries(
    FLAGS.map((flag) => [
      `a bucket's ${flag}`,
      block("aws_s3_bucket_public_access_block", {
        with: { bucket: `bucket-${flag}` },
        // Another flag is turned on beside it.
        from: { ...allOn, [other(flag)]: false },
        to: { [flag]: false },
        finds: "blocked/care The block of public access of",
        harmless: { [other(flag)]: true },
      }),
    ]),
  ),
  "a block that is completed": block("aws_s3_bucket_public_access_block", {
    with: { bucket: "completed" },
    from: { ...allOn, block_public_acls: false },
    to: "deleted",
    finds: "blocked/care The bucket's public access block",
    harmless: { block_public_acls: true },
  }),
  "the account's block": block("aws_s3_account_public_access_block", {
    from: { ...allOn, block_public_acls: false },
    to: { restrict_public_buckets: false },
    finds: "blocked/care The block of public access of",
    harmless: { block_public_acls: true },
  }),
  "a new block with a flag off": {
    rule: "public-access-block",
    type: "aws_s3_bucket_public_access_block",
    harmful: { bucket: "new", ...allOn, block_public_acls: false },
    finds: "care/care The public access block",
    harmless: { bucket: "new", ...allOn },
  },
  "an access point's block": block("aws_s3_access_point", {
    with: { bucket: "files", name: "point" },
    from: { public_access_block_configuration: allOn },
    to: { public_access_block_configuration: { ...allOn, block_public_policy: false } },
    finds: "blocked/care The block of public access of",
    harmless: {},
  }),
  "a secret's policy": block("aws_secretsmanager_secret_policy", {
    with: {
      secret_arn: "arn:aws:secretsmanager:ca-central-1:111111111111:secret:token",
      policy: policy(),
    },
    from: { block_public_policy: true },
    to: { block_public_policy: false },
    finds: "blocked/care The block of public access of",
    harmless: { policy: policy({ Effect: "Deny", Principal: "*", Action: "*", Resource: "*" }) },
  }),
  "security groups of clusters": block("aws_emr_block_public_access_configuration", {
    from: { block_public_security_group_rules: true },
    to: { block_public_security_group_rules: false },
    finds: "blocked/care The block of public access of",
    harmless: {},
  }),
  "snapshots that anybody may get": block("aws_ebs_snapshot_block_public_access", {
    from: { state: "block-new-sharing" },
    to: { state: "unblocked" },
    finds: "blocked/care The block of public access of",
    harmless: { state: "block-all-sharing" },
  }),
  "images that anybody may get": block("aws_ec2_image_block_public_access", {
    from: { state: "block-new-sharing" },
    to: { state: "unblocked" },
    finds: "blocked/care The block of public access of",
    harmless: {},
  }),
  "encryption by default": block("aws_ebs_encryption_by_default", {
    from: { enabled: false },
    to: "deleted",
    finds: "care/care The encryption by default",
    harmless: { enabled: true },
  }),
  "volumes encrypted by default": block("aws_ebs_encryption_by_default", {
    from: { enabled: true },
    to: { enabled: false },
    finds: "care/care The encryption of new volumes by default of",
    harmless: {},
  }),
};
