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
  const { names, stateKeyArn } = scope;
  return [
    ...changeAndName("Key", names.keyAlias, scope, regions),
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
      keyArns(scope, regions),
      {
        StringEquals: {
          ...hasEnvironmentTag(scope),
          "kms:ViaService": regions.map((region) => serviceHost("dynamodb", region)),
        },
      },
    ),
    {
      Sid: "NeverTheStateKey",
      Effect: "Deny",
      Action: [...change(scope), "kms:CreateAlias", "kms:DeleteAlias"],
      Resource: stateKeyArn,
    },
  ];
}

/**
 * Permissions to change the environment's keys in some regions, and to give them an alias.
 * @param what what the ids of the statements call the keys.
 */
export function changeAndName(
  what: string,
  alias: string,
  scope: RoleScope,
  regions: readonly string[],
): Statement[] {
  const environmentTag = { StringEquals: hasEnvironmentTag(scope) };
  const keys = keyArns(scope, regions);
  const changeAlias = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"];
  return [
    allow(`Change${what}`, change(scope), keys, environmentTag),
    allow(`Name${what}`, changeAlias, kmsArns(alias, scope, regions)),
    allow(`Name${what}OfOurs`, changeAlias, keys, environmentTag),
  ];
}

const change = ({ environment }: RoleScope) => [
  "kms:EnableKeyRotation",
  "kms:PutKeyPolicy",
  ...(environment.protected ? [] : ["kms:ScheduleKeyDeletion"]),
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateKeyDescription",
];

/** The keys of the account in some regions: a key has no ARN before it is made. */
export const keyArns = (scope: RoleScope, regions: readonly string[]): string[] =>
  kmsArns("key/*", scope, regions);

const kmsArns = (resource: string, { account }: RoleScope, regions: readonly string[]) =>
  regions.map((region) => `${arnPrefix("kms", region, account)}:${resource}`);
