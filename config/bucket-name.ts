import { quoted, text } from "./setting-types.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; names with a dot aren't allowed anyway. */
const RESERVED_PREFIXES = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES = ["-s3alias", "--ol-s3", "--x-s3", "--table-s3", "-an"];
const RESERVED_NAME = new RegExp(`^(${RESERVED_PREFIXES.join("|")})|(${RESERVED_SUFFIXES.join("|")})$`);

/** The name of an S3 bucket. */
export const bucketName = text(
  /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  'a bucket name of 3 to 63 small letters, digits and "-"',
).refine((name) => !RESERVED_NAME.test(name), {
  error: `must not begin with ${quoted(RESERVED_PREFIXES)}, nor end in ${quoted(RESERVED_SUFFIXES)}, which S3 reserves`,
});
