import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";

/** What each type of policy is attached to: the attribute that names the target, and the target's type. */
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

/** The attributes by which an attachment may refer to its target. */
const IDENTIFIERS = ["id", "name", "arn", "url", "bucket", "key_id", "function_name"];

/**
 * Whether the target of a policy exists before the apply and stays ("existing"), is created, or is deleted. "none" for
 * a policy without a target, or one that is part of its resource.
 */
export function getTargetStatus(change: ResourceChange, plan: Plan): "existing" | "new" | "deleted" | "none" {
  if (!(change.type in TARGETS)) return "none";
  // An identifier that is known only after apply belongs to a resource that this plan creates.
  if (identifierOf(change) === undefined) return "new";
  const action = findTarget(change, plan)?.action;
  if (action === "create") return "new";
  return action === "delete" ? "deleted" : "existing";
}

/** The target of a policy, if it is in the plan. */
export function findTarget(change: ResourceChange, plan: Plan): ResourceChange | undefined {
  const [, type = ""] = TARGETS[change.type] ?? [];
  const identifier = identifierOf(change);
  return plan
    .ofType(type)
    .find(({ before, after }) => IDENTIFIERS.some((name) => textOf(after ?? before, name) === identifier));
}

function identifierOf({ type, before, after }: ResourceChange): string | undefined {
  const [attribute = ""] = TARGETS[type] ?? [];
  return textOf(after, attribute) ?? textOf(before, attribute);
}
