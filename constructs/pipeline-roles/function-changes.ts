import type { RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/**
 * Permissions to change the stream function with what belongs to it. Its role can be made and changed only with the
 * permissions boundary on it, and who assumes it is said once, when it is made.
 */
export function functionChanges({ names, arn, boundaryArn }: RoleScope): Statement[] {
  const functionArn = `${arn("lambda")}:function:${names.streamFunction}`;
  const roleArn = `${arn("iam")}:role/${names.streamFunctionRole}`;
  return [
    allow(
      "ChangeFunction",
      [
        "lambda:CreateFunction",
        "lambda:DeleteFunction",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
      ],
      functionArn,
    ),
    allow(
      "ChangeTrigger",
      [
        "lambda:CreateEventSourceMapping",
        "lambda:DeleteEventSourceMapping",
        "lambda:UpdateEventSourceMapping",
      ],
      "*",
      { ArnEquals: { "lambda:FunctionArn": functionArn } },
    ),
    allow(
      "TagTrigger",
      ["lambda:TagResource", "lambda:UntagResource"],
      `${arn("lambda")}:event-source-mapping:*`,
    ),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
    allow(
      "ChangeRoleWithinBoundary",
      ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
      roleArn,
      { StringEquals: { "iam:PermissionsBoundary": boundaryArn } },
    ),
    allow(
      "ChangeRole",
      [
        "iam:DeleteRole",
        "iam:ListInstanceProfilesForRole",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      roleArn,
    ),
    allow("PassRole", ["iam:PassRole"], roleArn, {
      StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" },
    }),
    allow(
      "ChangeQueue",
      ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"],
      `${arn("sqs")}:${names.deadLetterQueue}`,
    ),
    allow(
      "ChangeLogGroup",
      [
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:DeleteMetricFilter",
        "logs:PutMetricFilter",
        "logs:PutRetentionPolicy",
        "logs:TagResource",
        "logs:UntagResource",
      ],
      [`${arn("logs")}:log-group:${names.logGroup}`, `${arn("logs")}:log-group:${names.logGroup}:*`],
    ),
  ];
}
