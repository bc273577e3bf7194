import { restoredPrefix } from "../../config/names.ts";
import { arnPrefix, serviceHost } from "../arn.ts";
import { allow, type Statement } from "../policy.ts";

/** What AWS Backup uses while it backs up, copies and restores. */
export interface BackupResources {
  readonly region: string;
  readonly account: string;
  /** The ARNs of the tables. */
  readonly tableArns: readonly string[];
  /** The names of the tables before any switch: what the names of restored copies begin with. */
  readonly ownTables: readonly string[];
  /** The ARNs of the vaults that backups are made in or copied to. */
  readonly vaultArns: readonly string[];
  /** The keys of the tables and of the environment's vaults. */
  readonly keyArns: readonly string[];
  /** The regions that these keys are in. */
  readonly keyRegions: readonly string[];
}

const RESTORE = [
  "dynamodb:BatchWriteItem",
  "dynamodb:DeleteItem",
  "dynamodb:DescribeTable",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:RestoreTableFromAwsBackup",
  "dynamodb:Scan",
  "dynamodb:UpdateItem",
];

/**
 * What AWS's own policies for backups and restores say of DynamoDB, for these tables, vaults and keys alone; and a restore only
 * beside the live tables.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
 */
export function backupPermissions(resources: BackupResources): Statement[] {
  const { region, account, tableArns, ownTables, vaultArns, keyArns, keyRegions } = resources;
  const arn = (service: string) => arnPrefix(service, region, account);
  return [
    allow(
      "BackUpTables",
      ["dynamodb:DescribeTable", "dynamodb:ListTagsOfResource", "dynamodb:StartAwsBackupJob"],
      tableArns,
    ),
    allow("UseVaults", ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"], vaultArns),
    allow(
      "CopyBackups",
      ["backup:CopyFromBackupVault", "backup:TagResource"],
      `${arn("backup")}:recovery-point:*`,
    ),
    allow(
      "RestoreBeside",
      RESTORE,
      ownTables.map((table) => `${arn("dynamodb")}:table/${restoredPrefix(table)}*`),
    ),
    allow(
      "UseKeys",
      ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
      keyArns,
      {
        StringEquals: {
          "kms:ViaService": keyRegions.flatMap((each) =>
            ["backup", "dynamodb"].map((service) => serviceHost(service, each)),
          ),
        },
      },
    ),
    // AWS's own policies set no condition on it.
    allow("DescribeKeys", ["kms:DescribeKey"], keyArns),
    allow("GrantKeys", ["kms:CreateGrant"], keyArns, { Bool: { "kms:GrantIsForAWSResource": "true" } }),
  ];
}
