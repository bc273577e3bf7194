import { createRequire } from "node:module";

const LIST = "@aws-sdk/core";
const require = createRequire(import.meta.url);

/** The partition that a region is in, as the SDK knows it. It is loaded when it is first asked for: that takes 40 ms. */
export const partition = (region: string) =>
  (require(`${LIST}/client`) as typeof import("@aws-sdk/core/client")).partition(region);

/** Whether AWS has a region, as far as the SDK's list knows; the SDK describes those in its list only. */
export const isRegion = (region: string): boolean => "description" in partition(region);

/** What the ARNs of a service in a region begin with, up to the account: "arn:aws:sns:ca-central-1:". */
export const regionalArnPrefix = (service: string, region: string): string =>
  `arn:${partition(region).name}:${service}:${region}:`;

/** The rule that a topic breaks which is not of an environment's region; undefined if it breaks none. */
export function topicRule(topic: string, region: string): string | undefined {
  const prefix = regionalArnPrefix("sns", region);
  return topic.startsWith(prefix) ? undefined : `must be a topic of the environment's region, "${prefix}…"`;
}

/** The rule of what must be in the partition of an environment's region. */
export const partitionRule = (region: string): string =>
  `must be in the partition of the environment's region, ${partition(region).name}`;

/** Completes the error "must be …" for a region that isn't in the list. */
export const regionForm = (): string => {
  const { version } = require(`${LIST}/package.json`) as { version: string };
  return `a region of AWS; the list is that of the package ${LIST} ${version}, and a newer one may have newer regions`;
};
