import { expiresMore, isOnExistingBucket } from "./bucket-lifecycle.ts";
import { expiresMoreImages } from "./image-lifecycle.ts";
import { BLOCKED_WHERE_PROTECTED, CARE, type Rule } from "./rule.ts";
import { lowered } from "./harm.ts";
import {
  checkSettings,
  findsOfSettings,
  type HarmfulSetting,
  judgedSettings,
  typesJudgedNew,
} from "./setting.ts";

const retention = (attribute: string, unit: string, ...types: readonly string[]): HarmfulSetting => ({
  types,
  attribute,
  is: "the time for which data is kept",
  harm: lowered({ unit }),
  level: BLOCKED_WHERE_PROTECTED,
  instead: `Keep ${attribute.split(".").at(-1) ?? attribute}, or copy what is older elsewhere first.`,
});

const settings: readonly HarmfulSetting[] = [
  {
    types: ["aws_s3_bucket_lifecycle_configuration"],
    attribute: "rule",
    is: "the lifecycle of a bucket that exists",
    harm: expiresMore,
    level: BLOCKED_WHERE_PROTECTED,
    alsoNew: true,
    appliesTo: isOnExistingBucket,
    instead: "Expire no more than before, or copy what is needed to another bucket first.",
  },
  {
    types: ["aws_ecr_lifecycle_policy"],
    attribute: "policy",
    is: "the lifecycle of a repository",
    harm: expiresMoreImages,
    level: CARE,
    why: "What runs an image that is gone can't be started again or scaled out.",
    instead:
      "Make sure that no image that is in use, or may be needed for a rollback, is among the deleted ones.",
  },
  {
    ...retention("retention_period", "hours", "aws_kinesis_stream"),
    harm: lowered({ unit: "hours", absent: 24 }),
    why: "Records that are older can no longer be read, at once; consumers that are behind lose them.",
  },
  retention("data_retention_in_hours", "hours", "aws_kinesis_video_stream"),
  retention(
    "retention_properties.magnetic_store_retention_period_in_days",
    "days",
    "aws_timestreamwrite_table",
  ),
  {
    ...retention("retention_period", "days", "aws_cloudtrail_event_data_store"),
    harm: lowered({ unit: "days", absent: 2_555 }),
  },
  {
    ...retention("retention_days", "days", "aws_cloudwatch_event_archive"),
    harm: lowered({ unit: "days", endless: 0 }),
  },
  {
    types: ["aws_sqs_queue"],
    attribute: "message_retention_seconds",
    is: "the time for which messages are kept",
    harm: lowered({ unit: "seconds", part: 0.5, absent: 345_600 }),
    level: CARE,
    why: "SQS deletes older messages at once, received or not. A queue of dead letters loses what nobody has looked at yet.",
    instead:
      "Keep the time long enough for a weekend without anybody who looks, or read the older messages first.",
  },
];

/** What is kept is deleted by AWS itself, or earlier than before. The rule `time-to-live` checks tables. */
export const expiry: Rule = {
  name: "expiry",
  finds: findsOfSettings(settings),
  judges: judgedSettings(settings),
  judgesNew: typesJudgedNew(settings),
  reason:
    "AWS deletes what is older, without asking, within hours and for good; this includes what is there already.",
  source:
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-set-lifecycle-configuration-intro.html",
  check: (plan) => checkSettings(plan, settings),
};
