import type { ClientSettings } from "../account/access.ts";
import { listRecoveryPoints } from "../restore/recovery-points.ts";
import type { BackupStatus } from "./status.ts";

/** Reads the newest backup that AWS Backup has of a table; undefined if there is none. */
export async function readLastBackup(
  settings: ClientSettings,
  tableArn: string,
): Promise<BackupStatus | undefined> {
  const points = await listRecoveryPoints(settings, tableArn);
  const [newest] = points.sort((a, b) => b.made.getTime() - a.made.getTime());
  return newest && { made: newest.made.toISOString(), vault: newest.vault };
}
