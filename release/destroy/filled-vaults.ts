import { BackupClient, DescribeBackupVaultCommand } from "@aws-sdk/client-backup";
import type { ClientSettings } from "../../account/access.ts";
import { UserError } from "../../config/user-error.ts";
import type { ResourceChangeJson } from "../../terraform/plan-json.ts";

/**
 * Refuses to destroy vaults that have backups: AWS keeps such a vault, in the middle of the destruction, and its key would be
 * deleted.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupVault.html
 * @throws UserError that names each of them.
 */
export async function refuseFilledVaults(
  environment: string,
  goes: readonly ResourceChangeJson[],
  settings: ClientSettings,
): Promise<void> {
  const filled: string[] = [];
  for (const { type, change } of goes) {
    if (type !== "aws_backup_vault") continue;
    const { name: BackupVaultName, arn = "" } = change.before as { name: string; arn?: string };
    const region = arn.split(":")[3] ?? settings.region;
    const vault = await new BackupClient({ ...settings, region }).send(
      new DescribeBackupVaultCommand({ BackupVaultName }),
    );
    const { NumberOfRecoveryPoints: count = 0 } = vault;
    if (count > 0) filled.push(`  ${BackupVaultName} in ${region}: ${count} backups`);
  }
  if (filled.length > 0)
    throw new UserError(
      [
        `${environment} is not destroyed, since AWS keeps a vault that has backups. Nothing was changed.`,
        ...filled,
        "Wait until they have passed their time, or delete them: aws backup delete-recovery-point. See docs/backups.md",
      ].join("\n"),
    );
}
