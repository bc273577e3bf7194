import type { AttributesByType } from "./rule.ts";

/** Attributes of any resource whose change does no harm, whatever their value is. */
export const HARMLESS_ANYWHERE: ReadonlySet<string> = new Set([
  "arn",
  "description",
  "id",
  "tags",
  "tags_all",
  "timeouts",
]);

/** Attributes whose change does no harm, by resource type. "*" stands for all. */
export const HARMLESS: AttributesByType = {
  aws_cloudwatch_dashboard: ["*"],
};
