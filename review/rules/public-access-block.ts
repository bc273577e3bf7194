import type { ResourceChange } from "../plan/plan.ts";
import { checkRemovals, findsOfRemovals, type HarmfulRemoval, of, type Owner } from "./removal.ts";
import { BLOCKED_WHERE_PROTECTED, CARE, type Rule, type RuleFinding } from "./rule.ts";
import { leaves, turnedOff } from "./harm.ts";
import { checkSettings, findsOfSettings, type HarmfulSetting, judgedSettings } from "./setting.ts";
import { withTwinsPaired } from "./twin.ts";

const level = BLOCKED_WHERE_PROTECTED;

const BLOCK_TYPES = ["aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block"];
const FLAGS = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

const flag = (attribute: string, ...types: readonly string[]): HarmfulSetting => ({
  types,
  attribute,
  is: "the block of public access",
  harm: turnedOff,
  level,
  instead: `Keep ${attribute.split(".").at(-1) ?? attribute} on.`,
});

const settings: readonly HarmfulSetting[] = [
  ...FLAGS.map((attribute) => flag(attribute, ...BLOCK_TYPES)),
  ...FLAGS.map((attribute) => flag(`public_access_block_configuration.${attribute}`, "aws_s3_access_point")),
  flag("block_public_policy", "aws_secretsmanager_secret_policy"),
  flag("block_public_security_group_rules", "aws_emr_block_public_access_configuration"),
  {
    ...flag("state", "aws_ebs_snapshot_block_public_access"),
    harm: leaves("block-all-sharing", "block-new-sharing"),
    why: "Without it, one command shares a snapshot, with all data of its volume, with everybody.",
    instead: "Keep the state block-all-sharing.",
  },
  {
    ...flag("state", "aws_ec2_image_block_public_access"),
    harm: leaves("block-new-sharing"),
    why: "Without it, one command shares an image, with all data of its volumes, with everybody.",
    instead: "Keep the state block-new-sharing.",
  },
  {
    types: ["aws_ebs_encryption_by_default"],
    attribute: "enabled",
    is: "the encryption of new volumes by default",
    harm: turnedOff,
    level: CARE,
    why: "A new volume or snapshot is unencrypted unless somebody thinks of it.",
    instead: "Keep enabled on.",
  },
];

const removal = (is: string, type: string, of?: Owner): HarmfulRemoval => ({
  types: [type],
  is,
  then: "nothing keeps a policy, an ACL or a command from opening it to everybody",
  ...(of !== undefined && { of }),
  level,
  instead: "Keep it. What has to be public should be in a bucket or an account of its own.",
});

const removals: readonly HarmfulRemoval[] = [
  removal(
    "the bucket's public access block",
    "aws_s3_bucket_public_access_block",
    of("bucket", "aws_s3_bucket"),
  ),
  removal("the account's public access block", "aws_s3_account_public_access_block"),
  removal("the public access block of snapshots", "aws_ebs_snapshot_block_public_access"),
  {
    ...removal("the encryption by default", "aws_ebs_encryption_by_default"),
    then: "a new volume or snapshot is unencrypted unless somebody thinks of it",
    level: CARE,
  },
];

/** A new block with a flag off: AWS turns all four on for each new bucket, so this turns it off. */
function checkNewBlock(change: ResourceChange): RuleFinding | [] {
  const off = FLAGS.filter((name) => change.after?.[name] === false || change.after?.[name] === null);
  if (change.action !== "create" || off.length === 0) return [];
  return {
    change,
    level: CARE,
    what: `The public access block ${change.address} is created with ${off.join(", ")} off.`,
    instead: "Turn all four on, unless the bucket is meant to be public.",
  };
}

/** What keeps data from being opened to everybody is turned off. */
export const publicAccessBlock: Rule = {
  name: "public-access-block",
  finds: [
    ...findsOfSettings(settings),
    ...findsOfRemovals("a block of public access, or encryption by default, is deleted", removals),
    {
      level: CARE,
      what: `a block of public access is created with one of its four flags off (${BLOCK_TYPES.map((type) => `\`${type}\``).join(", ")})`,
    },
  ],
  judges: judgedSettings(settings),
  judgesNew: BLOCK_TYPES,
  reason:
    "With the block, no policy and no ACL can open a bucket to everybody. Without it, one mistake in a policy is enough.",
  source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  check(plan) {
    const paired = withTwinsPaired(plan);
    return [
      ...checkSettings(paired, settings),
      ...checkRemovals(paired, removals),
      ...paired.ofType(...BLOCK_TYPES).flatMap(checkNewBlock),
    ];
  },
};
