import { roleChanges } from "./role-changes.ts";
import type { RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/**
 * Permissions to change the stream function with what belongs to it. Its role can be made and changed only with the
 * permissions boundary on it, and who assumes it is said once, when it is made.
 */
export function functionChanges(scope: RoleScope): Statement[] {
  const { names, arn } = scope;
  const functionArn = `${arn("lambda")}:function:${names.streamFunction}`;
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
    ...roleChanges("Role", names.streamFunctionRole, "lambda.amazonaws.com", scope),
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
