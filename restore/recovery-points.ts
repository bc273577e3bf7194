import { BackupClient, paginateListRecoveryPointsByResource } from "@aws-sdk/client-backup";
import type { ClientSettings } from "../account/access.ts";

/** A backup of a table that AWS Backup has. */
export interface RecoveryPoint {
  readonly arn: string;
  readonly made: Date;
  readonly vault: string;
  readonly bytes: number;
}

/** Lists the complete backups that AWS Backup has of a table. */
export async function listRecoveryPoints(
  settings: ClientSettings,
  ResourceArn: string,
): Promise<RecoveryPoint[]> {
  const client = new BackupClient(settings);
  const found: RecoveryPoint[] = [];
  for await (const { RecoveryPoints = [] } of paginateListRecoveryPointsByResource(
    { client },
    { ResourceArn },
  ))
    for (const {
      RecoveryPointArn: arn,
      Status,
      CreationDate: made,
      BackupVaultName: vault = "",
      BackupSizeBytes: bytes = 0,
    } of RecoveryPoints)
      if (arn !== undefined && made && Status === "COMPLETED") found.push({ arn, made, vault, bytes });
  return found;
}
