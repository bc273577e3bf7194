import { foreignVaults, vaultRegions } from "../../config/backup-regions.ts";
import { arnPrefix, serviceHost } from "../arn.ts";
import type { BackupResources } from "../backup/backup-permissions.ts";
import { allow, type Statement } from "../policy.ts";
import { DESCRIBE_ROLE, hasEnvironmentTag, type RoleScope, tableArns } from "./role-scope.ts";

/** Permissions that a plan needs, and the status: to describe the vaults, their keys, the backup plan and what it made. */
export const backupReads = (scope: RoleScope): Statement[] => [
  allow(
    "DescribeVaults",
    ["backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault", "backup:ListTags"],
    vaultArns(scope),
  ),
  // Plans have ids that AWS assigns; a selection has no ARN.
  allow(
    "DescribePlans",
    ["backup:GetBackupPlan", "backup:GetBackupSelection", "backup:ListTags"],
    `${scope.arn("backup")}:backup-plan:*`,
  ),
  allow("DescribeBackups", ["backup:DescribeRegionSettings", "backup:ListRecoveryPointsByResource"], "*"),
  allow(
    "DescribeVaultKeys",
    ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
    keyArns(scope),
  ),
  allow("DescribeBackupRole", DESCRIBE_ROLE, backupRoleArn(scope)),
];

/**
 * Permissions to change the vaults with their keys and locks, the backup plan and its role. In a protected environment they don't
 * allow to delete vaults or keys; nowhere do they allow to delete a backup.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html
 */
export function backupChanges(scope: RoleScope): Statement[] {
  const { environment, names, account, boundaryArn } = scope;
  const environmentTag = { StringEquals: hasEnvironmentTag(scope) };
  const keys = keyArns(scope);
  const plans = `${scope.arn("backup")}:backup-plan:*`;
  const unlessProtected = (...actions: string[]) => (environment.protected ? [] : actions);
  return [
    allow(
      "ChangeVaults",
      [
        "backup:CreateBackupVault",
        // Terraform deletes a lock to change it.
        "backup:DeleteBackupVaultLockConfiguration",
        "backup:PutBackupVaultLockConfiguration",
        "backup:TagResource",
        "backup:UntagResource",
        ...unlessProtected("backup:DeleteBackupVault"),
      ],
      vaultArns(scope),
    ),
    // AWS demands it of who creates a vault, for all resources.
    allow("MountVaults", ["backup-storage:MountCapsule"], "*"),
    allow("MakePlan", ["backup:CreateBackupPlan"], plans, {
      StringEquals: { "aws:RequestTag/environment": environment.name },
    }),
    allow(
      "ChangePlan",
      [
        "backup:CreateBackupSelection",
        "backup:DeleteBackupPlan",
        "backup:DeleteBackupSelection",
        "backup:TagResource",
        "backup:UntagResource",
        "backup:UpdateBackupPlan",
      ],
      plans,
      environmentTag,
    ),
    allow(
      "ChangeVaultKeys",
      [
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        ...unlessProtected("kms:ScheduleKeyDeletion"),
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateKeyDescription",
      ],
      keys,
      environmentTag,
    ),
    allow(
      "NameVaultKeys",
      ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      regionsOf(scope).map((region) => `${arnPrefix("kms", region, account)}:${names.backupKeyAlias}`),
    ),
    allow(
      "NameVaultKeysOfOurs",
      ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      keys,
      environmentTag,
    ),
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault.html
    allow(
      "UseVaultKeys",
      ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey", "kms:RetireGrant"],
      keys,
      {
        StringEquals: {
          ...hasEnvironmentTag(scope),
          "kms:ViaService": regionsOf(scope).map((region) => serviceHost("backup", region)),
        },
      },
    ),
    allow(
      "ChangeBackupRoleWithinBoundary",
      ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
      backupRoleArn(scope),
      { StringEquals: { "iam:PermissionsBoundary": boundaryArn } },
    ),
    allow(
      "ChangeBackupRole",
      [
        "iam:DeleteRole",
        "iam:ListInstanceProfilesForRole",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      backupRoleArn(scope),
    ),
    allow("PassBackupRole", ["iam:PassRole"], backupRoleArn(scope), {
      StringEquals: { "iam:PassedToService": "backup.amazonaws.com" },
    }),
  ];
}

/** What the role of AWS Backup uses; the keys have no ARN before they are made. */
export const backupResources = (scope: RoleScope): BackupResources => ({
  region: scope.environment.region,
  account: scope.account,
  tableArns: tableArns(scope),
  ownTables: Object.values(scope.names.ownTables),
  vaultArns: [...vaultArns(scope), ...foreignVaults(scope.environment)],
  keyArns: keyArns(scope),
  keyRegions: regionsOf(scope),
});

/** Former regions may still have a vault. */
const regionsOf = ({ environment }: RoleScope): string[] => [
  ...new Set([environment.region, ...vaultRegions(environment), ...(environment.formerRegions ?? [])]),
];

const vaultArns = (scope: RoleScope): string[] =>
  regionsOf(scope).map(
    (region) => `${arnPrefix("backup", region, scope.account)}:backup-vault:${scope.names.backupVault}`,
  );

const keyArns = (scope: RoleScope): string[] =>
  regionsOf(scope).map((region) => `${arnPrefix("kms", region, scope.account)}:key/*`);

const backupRoleArn = ({ names, arn }: RoleScope): string => `${arn("iam")}:role/${names.backupRole}`;
