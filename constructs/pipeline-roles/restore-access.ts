import { stateBucketKeys } from "../../config/names.ts";
import { serviceHost } from "../arn.ts";
import { allow, type Statement } from "../policy.ts";
import { CHANGE_TABLE, DESCRIBE_TABLE, restoredTableArns } from "./restored-settings.ts";
import { hasEnvironmentTag, type RoleScope, tableArns } from "./role-scope.ts";

const READ = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"];

const WRITE = ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/**
 * Permissions to restore a table beside the live one, and to compare the two. The live table is only read. DynamoDB demands permission to read and write the restored table:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
 */
export function restores(scope: RoleScope): Statement[] {
  const { arn } = scope;
  const tables = tableArns(scope);
  const restored = restoredTableArns(scope);
  return [
    allow("ReadLive", [...DESCRIBE_TABLE, ...READ, "dynamodb:RestoreTableToPointInTime"], tables),
    // Those of a table that is gone, too.
    allow(
      "RestoreFromBackup",
      ["dynamodb:DescribeBackup", "dynamodb:RestoreTableFromBackup"],
      Object.values(scope.names.ownTables).map((table) => `${arn("dynamodb")}:table/${table}*/backup/*`),
    ),
    allow("FillRestored", [...READ, ...WRITE], restored),
    useKey(scope),
    allow("FindKey", ["kms:DescribeKey"], `${arn("kms")}:key/*`),
    ...restoresByAwsBackup(scope),
    ...evidence(scope),
    allow("FindBackups", ["dynamodb:ListBackups"], "*"),
  ];
}

/** Permission to put items into the live tables: that none is overwritten, the condition of each request says. */
export const copiesMissing = (scope: RoleScope): Statement[] => [
  allow("PutMissingItems", ["dynamodb:PutItem"], tableArns(scope)),
];

/**
 * After a switch, the live table is named like a restored copy: it is neither changed nor deleted all the same.
 * @param mayPut whether items that are missing may be put into it.
 */
export const neverChangeLive = (scope: RoleScope, mayPut: boolean): Statement => ({
  Sid: "NeverChangeLive",
  Effect: "Deny",
  Action: [...CHANGE_TABLE, ...WRITE.filter((action) => !(mayPut && action === "dynamodb:PutItem"))],
  Resource: tableArns(scope),
});

/** https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html */
const useKey = (scope: RoleScope): Statement =>
  allow(
    "UseKeyThroughDynamodb",
    [
      "kms:CreateGrant",
      "kms:Decrypt",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ],
    `${scope.arn("kms")}:key/*`,
    {
      StringEquals: {
        ...hasEnvironmentTag(scope),
        "kms:ViaService": serviceHost("dynamodb", scope.environment.region),
      },
    },
  );

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html */
function restoresByAwsBackup({ environment, names, arn }: RoleScope): Statement[] {
  if (!environment.backups) return [];
  return [
    allow(
      "RestoreByAwsBackup",
      ["backup:DescribeRecoveryPoint", "backup:ListRecoveryPointsByBackupVault", "backup:StartRestoreJob"],
      [`${arn("backup")}:backup-vault:${names.backupVault}`, `${arn("backup")}:recovery-point:*`],
    ),
    // They support no narrower resource.
    allow("FollowRestore", ["backup:DescribeRestoreJob", "backup:ListRecoveryPointsByResource"], "*"),
    allow("PassBackupRole", ["iam:PassRole"], `${arn("iam")}:role/${names.backupRole}`, {
      StringEquals: { "iam:PassedToService": "backup.amazonaws.com" },
    }),
  ];
}

/** The account that the first deployment recorded, and the evidence of drills. */
const evidence = ({ stateBucketArn, stateKeyArn }: RoleScope): Statement[] => [
  allow("ListEvidence", ["s3:ListBucket"], stateBucketArn),
  allow(
    "ReadEvidence",
    ["s3:GetObject"],
    [`${stateBucketArn}/${stateBucketKeys.account}`, `${stateBucketArn}/${stateBucketKeys.drills}*`],
  ),
  allow("WriteEvidence", ["s3:PutObject"], `${stateBucketArn}/${stateBucketKeys.drills}*`),
  allow("EncryptEvidence", ["kms:Decrypt", "kms:GenerateDataKey"], stateKeyArn),
];
