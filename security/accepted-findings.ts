import type { AcceptedFinding } from "./findings.ts";

const stateBucket = "aws_s3_bucket.state_bucket_803B4E61";
const streamFunction = "aws_lambda_function.messaging-stream_function_7EC41149";
const functionLogs = "aws_cloudwatch_log_group.messaging-stream_log-group_9D4D9C04";

/**
 * What checkov finds and stays as it is, each with its reason. It is accepted for one resource: another one with the same
 * finding fails the check, and so does an entry that checkov no longer finds.
 */
export const acceptedFindings: readonly AcceptedFinding[] = [
  {
    check: "CKV_AWS_158",
    resource: functionLogs,
    reason:
      "CloudWatch encrypts every log group with a key that AWS owns. The function logs ids and counts, never a message's text, so a key of its own would protect nothing more.",
  },
  {
    check: "CKV_AWS_338",
    resource: functionLogs,
    reason:
      "How long logs are kept is a setting of each environment, function.logRetentionDays. They serve to find the cause of an alarm; a year of them serves nobody.",
  },
  {
    check: "CKV_AWS_50",
    resource: streamFunction,
    reason:
      "A batch is one query and one transaction for each conversation, and its log line has the counts. Tracing it needs a permission on every resource (xray:PutTraceSegments knows nothing narrower).",
  },
  {
    check: "CKV_AWS_116",
    resource: streamFunction,
    reason:
      "This queue is for asynchronous invocations, of which there are none. What fails goes to the dead-letter queue of the event source mapping.",
  },
  {
    check: "CKV_AWS_272",
    resource: streamFunction,
    reason:
      "The zip is part of a release: before each deployment every file is compared with the release's manifest. A signature of AWS Signer would prove the same with a signing profile and a bucket more in each account.",
  },
  {
    check: "CKV2_AWS_11",
    resource: "aws_vpc.network_vpc_4E8F0223",
    reason:
      "The VPC has no internet and one client, the function, whose security group leads to DynamoDB alone. A flow log would show that one connection; who did what is in CloudTrail.",
  },
  {
    check: "CKV2_AWS_61",
    resource: stateBucket,
    reason:
      "Every version of the state and of the evidence is kept on purpose: they are small, and the last resort after a mistake.",
  },
  {
    check: "CKV2_AWS_62",
    resource: stateBucket,
    reason:
      "Nothing has to react to a new object: the deployment that writes the state waits for the outcome itself.",
  },
  {
    check: "CKV_AWS_144",
    resource: stateBucket,
    reason:
      "The state describes resources of one region, and is of no use without that region. All its versions are kept there.",
  },
  {
    check: "CKV_AWS_18",
    resource: stateBucket,
    reason:
      "Access logs need a second bucket, to be guarded like this one. CloudTrail's data events record the same, in a place that the account's administrators choose.",
  },
  {
    check: "CKV_AWS_355",
    resource: "aws_iam_policy.pipeline_reads_1280C41D",
    reason:
      "With a narrower resource, cloudwatch:DescribeAlarms shows no composite alarm. It describes alarms, and writes nothing.",
  },
];
