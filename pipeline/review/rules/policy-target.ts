import type { Plan, ResourceChange } from "../plan.ts";
import { textOf } from "../value.ts";

/** What a policy is attached to, by the attribute that names it; a policy that stands alone or is part of its resource has none. */
const TARGET_ATTRIBUTES: Readonly<Record<string, string>> = {
  aws_iam_role_policy: "role",
  aws_iam_role_policy_attachment: "role",
  aws_iam_user_policy: "user",
  aws_iam_user_policy_attachment: "user",
  aws_iam_group_policy: "group",
  aws_iam_group_policy_attachment: "group",
  aws_sqs_queue_policy: "queue_url",
  aws_sns_topic_policy: "arn",
  aws_kms_key_policy: "key_id",
  aws_s3_bucket_policy: "bucket",
  aws_dynamodb_resource_policy: "resource_arn",
  aws_vpc_endpoint_policy: "vpc_endpoint_id",
  aws_lambda_permission: "function_name",
  aws_secretsmanager_secret_policy: "secret_arn",
};

/** Names and ids by which an attachment may speak of a resource. */
const KNOWN_BY = ["id", "name", "arn", "url", "bucket", "key_id", "function_name"];

/** Whether what a policy is attached to was there before, and stays. */
export function targetOf(change: ResourceChange, plan: Plan): "there before" | "new" | "gone" | "none" {
  const attribute = TARGET_ATTRIBUTES[change.type];
  if (attribute === undefined) return "none";
  const target = textOf(change.after, attribute) ?? textOf(change.before, attribute);
  // Known only after apply: what it is attached to is made by this plan.
  if (target === undefined) return "new";
  const is = (action: ResourceChange["action"]) =>
    plan.changes.some(
      (other) =>
        other.action === action &&
        other.type !== change.type &&
        KNOWN_BY.some((name) => textOf(other.after ?? other.before, name) === target),
    );
  if (is("create")) return "new";
  return is("delete") ? "gone" : "there before";
}
