import { type EmbeddedAws, region as defaultRegion } from "./embedded-aws.ts";

/**
 * Lets AWS Backup in the embedded AWS do what is due in an account and region, which it does only when asked.
 *
 * @param at Default: now. A later time moves AWS Backup's time on, in every account and region, and stays.
 * @throws Error if the embedded AWS doesn't have this
 */
export async function evaluateBackups(
  { endpoint }: Pick<EmbeddedAws, "endpoint">,
  { account, region = defaultRegion, at = new Date() }: { account: string; region?: string; at?: Date },
): Promise<void> {
  const response = await fetch(`${endpoint}/_ministack/backup/evaluate`, {
    method: "POST",
    body: JSON.stringify({ account, region, at: at.getTime() / 1_000 }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the embedded AWS doesn't evaluate backups: ${response.status} ${text}`);
}
