import { stateBucketKeys } from "../../config/names.ts";
import { CANARY_PREFIX } from "../../messaging/canary.ts";
import { INBOX_PREFIX, MESSAGE_PREFIX } from "../../messaging/items.ts";
import { networkChanges } from "./network-changes.ts";
import type { RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/**
 * What a deployment changes: the resources of the messaging stack, by their names or by the environment's tag, its
 * state, and the canaries of the smoke test. Where data is protected, no table and no key can be deleted with it.
 */
export function changeStatements(roleScope: RoleScope): Statement[] {
  return [
    ...stateChanges(roleScope),
    ...tableChanges(roleScope),
    ...keyChanges(roleScope),
    ...functionChanges(roleScope),
    ...networkChanges(roleScope),
  ];
}

function stateChanges({ stateBucketArn }: RoleScope): Statement[] {
  return [
    allow(
      "WriteState",
      ["s3:PutObject"],
      [`${stateBucketArn}/${stateBucketKeys.messaging}`, `${stateBucketArn}/${stateBucketKeys.releases}*`],
    ),
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
  const ours = { "aws:ResourceTag/environment": environment.name };
  const change = [
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    ...(environment.protected ? [] : ["kms:ScheduleKeyDeletion"]),
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
  ];
  return [
    // A key that is made has no ARN yet.
    allow("MakeKey", ["kms:CreateKey"], "*", {
      StringEquals: { "aws:RequestTag/environment": environment.name },
    }),
    allow("ChangeKey", change, key, { StringEquals: ours }),
    allow(
      "NameKey",
      ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      `${arn("kms")}:${names.keyAlias}`,
    ),
    allow("NameKeyOfOurs", ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], key, {
      StringEquals: ours,
    }),
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
      { StringEquals: { ...ours, "kms:ViaService": `dynamodb.${environment.region}.amazonaws.com` } },
    ),
    {
      Sid: "NeverTheStateKey",
      Effect: "Deny",
      Action: [...change, "kms:CreateAlias", "kms:DeleteAlias"],
      Resource: stateKeyArn,
    },
  ];
}

function functionChanges({ names, arn, account }: RoleScope): Statement[] {
  const functionArn = `${arn("lambda")}:function:${names.streamFunction}`;
  const roleArn = `arn:aws:iam::${account}:role/${names.streamFunctionRole}`;
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
