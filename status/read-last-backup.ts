import { BackupClient, paginateListRecoveryPointsByResource } from "@aws-sdk/client-backup";
import type { ClientSettings } from "../account/access.ts";
import type { BackupStatus } from "./status.ts";

/** Reads the newest backup that AWS Backup has of a table; undefined if there is none. */
export async function readLastBackup(
  settings: ClientSettings,
  ResourceArn: string,
): Promise<BackupStatus | undefined> {
  const client = new BackupClient(settings);
  let newest: BackupStatus | undefined;
  for await (const { RecoveryPoints = [] } of paginateListRecoveryPointsByResource(
    { client },
    { ResourceArn },
  ))
    for (const { Status, CreationDate, BackupVaultName: vault = "" } of RecoveryPoints) {
      if (Status !== "COMPLETED" || !CreationDate) continue;
      const made = CreationDate.toISOString();
      if (newest === undefined || made > newest.made) newest = { made, vault };
    }
  return newest;
}
