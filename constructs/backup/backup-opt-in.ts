import { BackupRegionSettings } from "@cdktf/provider-aws/lib/backup-region-settings/index.js";
import type { TerraformProvider } from "cdktf";
import type { Construct } from "constructs";

/**
 * Lets AWS Backup manage backups of DynamoDB wholly in an account and region, which cold storage and copies need. It is a
 * setting of the account: several environments in it say the same, and without it, it stays.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html
 */
export const addBackupOptIn = (
  scope: Construct,
  id: string,
  provider?: TerraformProvider,
): BackupRegionSettings =>
  new BackupRegionSettings(scope, id, {
    ...(provider && { provider }),
    resourceTypeOptInPreference: { DynamoDB: true },
    resourceTypeManagementPreference: { DynamoDB: true },
    // AWS returns the preferences of every service, and Terraform would turn off those that aren't here.
    lifecycle: { ignoreChanges: ["resource_type_opt_in_preference", "resource_type_management_preference"] },
  });
