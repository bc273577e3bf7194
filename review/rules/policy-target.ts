import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";

/** What a policy is attached to: the attribute that names it, and its type. */
const TARGETS: Readonly<Record<string, readonly [attribute: string, type: string]>> = {
  aws_iam_role_policy: ["role", "aws_iam_role"],
  aws_iam_role_policy_attachment: ["role", "aws_iam_role"],
  aws_iam_user_policy: ["user", "aws_iam_user"],
  aws_iam_user_policy_attachment: ["user", "aws_iam_user"],
  aws_iam_group_policy: ["group", "aws_iam_group"],
  aws_iam_group_policy_attachment: ["group", "aws_iam_group"],
  aws_sqs_queue_policy: ["queue_url", "aws_sqs_queue"],
  aws_sns_topic_policy: ["arn", "aws_sns_topic"],
  aws_kms_key_policy: ["key_id", "aws_kms_key"],
  aws_s3_bucket_policy: ["bucket", "aws_s3_bucket"],
  aws_dynamodb_resource_policy: ["resource_arn", "aws_dynamodb_table"],
  aws_vpc_endpoint_policy: ["vpc_endpoint_id", "aws_vpc_endpoint"],
  aws_lambda_permission: ["function_name", "aws_lambda_function"],
  aws_secretsmanager_secret_policy: ["secret_arn", "aws_secretsmanager_secret"],
};

/** Names and ids by which an attachment may speak of a resource. */
const KNOWN_BY = ["id", "name", "arn", "url", "bucket", "key_id", "function_name"];

/**
 * Whether what a policy is attached to was there before, and stays. "none" for a policy that stands alone or is part
 * of its resource.
 */
export function getTargetStatus(
  change: ResourceChange,
  plan: Plan,
): "there before" | "new" | "gone" | "none" {
  const found = TARGETS[change.type];
  if (found === undefined) return "none";
  const [attribute, type] = found;
  const target = textOf(change.after, attribute) ?? textOf(change.before, attribute);
  // Known only after apply: what it is attached to is made by this plan.
  if (target === undefined) return "new";
  const owner = plan
    .ofType(type)
    .find(({ before, after }) => KNOWN_BY.some((name) => textOf(after ?? before, name) === target));
  if (owner?.action === "create") return "new";
  return owner?.action === "delete" ? "gone" : "there before";
}
