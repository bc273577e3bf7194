import { foreignVaults, vaultRegions } from "../../config/backup-regions.ts";
import { arnPrefix, serviceHost } from "../arn.ts";
import type { BackupResources } from "../backup/backup-permissions.ts";
import { allow, type Statement } from "../policy.ts";
import { changeAndName, keyArns } from "./key-changes.ts";
import { roleChanges } from "./role-changes.ts";
import { DESCRIBE_KEY, DESCRIBE_ROLE, hasEnvironmentTag, type RoleScope, tableArns } from "./role-scope.ts";

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
  allow("DescribeVaultKeys", DESCRIBE_KEY, vaultKeyArns(scope)),
  allow("DescribeBackupRole", DESCRIBE_ROLE, `${scope.arn("iam")}:role/${scope.names.backupRole}`),
];

/**
 * Permissions to change the vaults with their keys and locks, the backup plan and its role. In a protected environment they don't
 * allow to delete vaults or keys; nowhere do they allow to delete a backup.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html
 */
export function backupChanges(scope: RoleScope): Statement[] {
  const { environment, names } = scope;
  const environmentTag = { StringEquals: hasEnvironmentTag(scope) };
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
    ...changeAndName("VaultKeys", names.backupKeyAlias, scope, regionsOf(scope)),
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault.html
    allow(
      "UseVaultKeys",
      ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey", "kms:RetireGrant"],
      vaultKeyArns(scope),
      {
        StringEquals: {
          ...hasEnvironmentTag(scope),
          "kms:ViaService": regionsOf(scope).map((region) => serviceHost("backup", region)),
        },
      },
    ),
    ...roleChanges("BackupRole", names.backupRole, "backup.amazonaws.com", scope),
  ];
}

/** What the role of AWS Backup uses; the keys have no ARN before they are made. */
export const backupResources = (scope: RoleScope): BackupResources => ({
  region: scope.environment.region,
  account: scope.account,
  tableArns: tableArns(scope),
  ownTables: Object.values(scope.names.ownTables),
  vaultArns: [...vaultArns(scope), ...foreignVaults(scope.environment)],
  keyArns: vaultKeyArns(scope),
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

const vaultKeyArns = (scope: RoleScope): string[] => keyArns(scope, regionsOf(scope));
