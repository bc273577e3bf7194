import { CANARY_PREFIX } from "../../messaging/canary.ts";
import { INBOX_PREFIX, MESSAGE_PREFIX } from "../../messaging/items.ts";
import { serviceHost } from "../arn.ts";
import { hasEnvironmentTag, type RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/**
 * Permissions to change the tables and their key, and to send the smoke test's canaries. In a protected environment they
 * don't allow to delete tables or keys.
 */
export const tableChanges = (scope: RoleScope): Statement[] => [
  ...changesOfTables(scope),
  ...changesOfKeys(scope),
];

function changesOfTables({ environment, names, arn }: RoleScope): Statement[] {
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

function changesOfKeys(scope: RoleScope): Statement[] {
  const { environment, names, arn, stateKeyArn } = scope;
  const key = `${arn("kms")}:key/*`;
  const environmentTag = hasEnvironmentTag(scope);
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
        StringEquals: { ...environmentTag, "kms:ViaService": serviceHost("dynamodb", environment.region) },
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
