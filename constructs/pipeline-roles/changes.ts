import { stateBucketKeys } from "../../config/names.ts";
import { CANARY_PREFIX } from "../../messaging/canary.ts";
import { INBOX_PREFIX, MESSAGE_PREFIX } from "../../messaging/items.ts";
import { networkChanges } from "./network-changes.ts";
import type { RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/**
 * Permissions to change the resources of the messaging stack, restricted by name or by the environment's tag, to write
 * its state, and to send the smoke test's canaries. In a protected environment they don't allow to delete tables or keys.
 */
export function changeStatements(roleScope: RoleScope): Statement[] {
  const { stateBucketArn } = roleScope;
  return [
    allow(
      "WriteState",
      ["s3:PutObject"],
      [`${stateBucketArn}/${stateBucketKeys.messaging}`, `${stateBucketArn}/${stateBucketKeys.releases}*`],
    ),
    ...tableChanges(roleScope),
    ...keyChanges(roleScope),
    ...functionChanges(roleScope),
    ...networkChanges(roleScope),
  ];
}

function tableChanges({ environment, names, arn }: RoleScope): Statement[] {
  const tableArn = (name: string) => `${arn("dynamodb")}:table/${name}`;
  const canaries = [MESSAGE_PREFIX, INBOX_PREFIX].map((prefix) => `${prefix}${CANARY_PREFIX}*`);
  return [
    allow(
      "ChangeTables",
      [
        "dynamodb:CreateTable",
        ...(environment.protected ? [] : ["dynamodb:DeleteTable"]),
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateTimeToLive",
      ],
      Object.values(names.tables).map(tableArn),
    ),
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    allow(
      "SendCanaries",
      ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"],
      tableArn(names.tables.messages),
      { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": canaries } },
    ),
  ];
}

function keyChanges({ environment, names, arn, stateKeyArn }: RoleScope): Statement[] {
  const key = `${arn("kms")}:key/*`;
  const environmentTag = { "aws:ResourceTag/environment": environment.name };
  const changeAlias = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"];
  const change = [
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    ...(environment.protected ? [] : ["kms:ScheduleKeyDeletion"]),
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
  ];
  return [
    // A key has no ARN before it is created.
    allow("MakeKey", ["kms:CreateKey"], "*", {
      StringEquals: { "aws:RequestTag/environment": environment.name },
    }),
    allow("ChangeKey", change, key, { StringEquals: environmentTag }),
    allow("NameKey", changeAlias, `${arn("kms")}:${names.keyAlias}`),
    allow("NameKeyOfOurs", changeAlias, key, { StringEquals: environmentTag }),
    // https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html
    allow(
      "UseKeyThroughDynamodb",
      [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ],
      key,
      {
        StringEquals: { ...environmentTag, "kms:ViaService": `dynamodb.${environment.region}.amazonaws.com` },
      },
    ),
    {
      Sid: "NeverTheStateKey",
      Effect: "Deny",
      Action: [...change, "kms:CreateAlias", "kms:DeleteAlias"],
      Resource: stateKeyArn,
    },
  ];
}

function functionChanges({ names, arn }: RoleScope): Statement[] {
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
    allow(
      "ChangeRole",
      [
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:ListInstanceProfilesForRole",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
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
        "logs:PutRetentionPolicy",
        "logs:TagResource",
        "logs:UntagResource",
      ],
      [`${arn("logs")}:log-group:${names.logGroup}`, `${arn("logs")}:log-group:${names.logGroup}:*`],
    ),
    allow(
      "ChangeAlarms",
      [
        "cloudwatch:DeleteAlarms",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ],
      `${arn("cloudwatch")}:alarm:${names.streamFunction}-*`,
    ),
  ];
}
