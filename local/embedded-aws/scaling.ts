import { type EmbeddedAws, region as defaultRegion } from "./embedded-aws.ts";

/** What Application Auto Scaling did, or failed to do, to the capacity of a table or an index. */
export interface ScalingActivity {
  /** Such as `table/messages` or `table/messages/index/by-group`. */
  readonly ResourceId: string;
  /** Such as `dynamodb:table:WriteCapacityUnits`. */
  readonly ScalableDimension: string;
  readonly Description: string;
  readonly Cause: string;
  readonly StatusCode: "Successful" | "Failed";
  readonly StatusMessage: string;
}

/**
 * Lets Application Auto Scaling in the embedded AWS evaluate the scalable targets of an account and region, which it does
 * only when asked: first the scheduled actions that are due, then the utilization in the minute of `at` or in the one
 * before, whichever is more.
 *
 * @param at Default: now. A later time makes scheduled actions due, and stays: what is due until then is done once.
 * @returns the new scaling activities, the newest first; also what `DescribeScalingActivities` returns
 * @throws Error if the embedded AWS doesn't have the service
 */
export async function evaluateScaling(
  { endpoint }: Pick<EmbeddedAws, "endpoint">,
  { account, region = defaultRegion, at = new Date() }: { account: string; region?: string; at?: Date },
): Promise<ScalingActivity[]> {
  const response = await fetch(`${endpoint}/_ministack/application-auto-scaling/evaluate`, {
    method: "POST",
    body: JSON.stringify({ account, region, at: at.getTime() / 1_000 }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the embedded AWS doesn't evaluate scaling: ${response.status} ${text}`);
  return (JSON.parse(text) as { ScalingActivities: ScalingActivity[] }).ScalingActivities;
}
