import { type EmbeddedAws, region as defaultRegion } from "./embedded-aws.ts";

/**
 * Runs a schedule of EventBridge Scheduler in the embedded AWS as if it were due, once.
 *
 * @param at the time for which it is scheduled
 * @returns what its target answered
 * @throws Error if there is no such schedule, or its target refused the call
 */
export async function runSchedule(
  { endpoint }: Pick<EmbeddedAws, "endpoint">,
  { account, region = defaultRegion, name, at }: { account: string; region?: string; name: string; at: Date },
): Promise<unknown> {
  const response = await fetch(`${endpoint}/_ministack/scheduler/run`, {
    method: "POST",
    body: JSON.stringify({ account, region, name, at: at.getTime() / 1_000 }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the embedded AWS doesn't run schedules: ${response.status} ${text}`);
  const answer = JSON.parse(text) as { Answer?: unknown; Error?: string };
  if (answer.Error !== undefined) throw new Error(answer.Error);
  return answer.Answer;
}
