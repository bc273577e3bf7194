import { arnPrefix, serviceHost } from "../arn.ts";
import { allow, type Statement } from "../policy.ts";
import { hasEnvironmentTag, type RoleScope } from "./role-scope.ts";

/** Permission to make a key of the environment. A key has no ARN before it is created. */
export const makeKey = ({ environment }: RoleScope): Statement =>
  allow("MakeKey", ["kms:CreateKey"], "*", {
    StringEquals: { "aws:RequestTag/environment": environment.name },
  });

/** Permissions to change the tables' keys in some regions, which don't allow to delete those of a protected environment. */
export function keyChanges(scope: RoleScope, regions: readonly string[]): Statement[] {
  const { environment, names, account, stateKeyArn } = scope;
  const kms = (resource: string) =>
    regions.map((region) => `${arnPrefix("kms", region, account)}:${resource}`);
  const keys = kms("key/*");
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
    allow("ChangeKey", change, keys, { StringEquals: environmentTag }),
    allow("NameKey", changeAlias, kms(names.keyAlias)),
    allow("NameKeyOfOurs", changeAlias, keys, { StringEquals: environmentTag }),
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
      keys,
      {
        StringEquals: {
          ...environmentTag,
          "kms:ViaService": regions.map((region) => serviceHost("dynamodb", region)),
        },
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
