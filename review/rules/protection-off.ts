import { BLOCKED_WHERE_PROTECTED, type Rule } from "./rule.ts";
import { checkSettings, findsOfSettings, type HarmfulSetting, judgedSettings, turnedOff } from "./setting.ts";

const settings: readonly HarmfulSetting[] = [
  {
    types: ["aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"],
    attribute: "deletion_protection",
    is: "deletion protection",
    harm: turnedOff,
    level: BLOCKED_WHERE_PROTECTED,
    instead: "Keep deletion_protection on.",
  },
];

/** A setting that keeps data from being deleted by mistake is turned off. The rule `guard-off` checks tables. */
export const protectionOff: Rule = {
  name: "protection-off",
  finds: findsOfSettings(settings),
  judges: judgedSettings(settings),
  reason: "Without it, one mistake deletes the data for good.",
  source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
  check: (plan) => checkSettings(plan, settings),
};
