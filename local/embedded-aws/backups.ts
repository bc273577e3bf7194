import type { BackupJob } from "@aws-sdk/client-backup";
import { type EmbeddedAws, region as defaultRegion } from "./embedded-aws.ts";

/**
 * Lets AWS Backup in the embedded AWS do what is due, which it does only when asked: deletes recovery points past their time
 * everywhere, and starts the backup jobs of the plans of an account and region.
 *
 * @param at Default: now. A later time moves AWS Backup's time on, in every account and region, and stays.
 * @returns the backup jobs that it started; they run in the background
 * @throws Error if the embedded AWS doesn't have this
 */
export async function evaluateBackups(
  { endpoint }: Pick<EmbeddedAws, "endpoint">,
  { account, region = defaultRegion, at = new Date() }: { account: string; region?: string; at?: Date },
): Promise<Pick<BackupJob, "BackupJobId" | "BackupVaultName" | "ResourceArn">[]> {
  const response = await fetch(`${endpoint}/_ministack/backup/evaluate`, {
    method: "POST",
    body: JSON.stringify({ account, region, at: at.getTime() / 1_000 }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the embedded AWS doesn't evaluate backups: ${response.status} ${text}`);
  return (JSON.parse(text) as { BackupJobs: BackupJob[] }).BackupJobs;
}
