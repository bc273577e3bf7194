import type { ResourceChange } from "../plan/plan.ts";
import { asNumber, isSame } from "../plan/value.ts";
import { changes, type Harm, turnedOff } from "./harm.ts";
import { CARE, type Rule, type RuleFinding } from "./rule.ts";
import { checkSettings, findsOfSettings, type HarmfulSetting, judgedSettings } from "./setting.ts";
import { nameOf } from "./wording.ts";

/** A limit of bytes is higher afterwards, or gone. */
const raised: Harm = {
  line: "is raised or removed",
  describe(from, to) {
    const [old, now] = [asNumber(from), asNumber(to)].map((bytes = 0) => (bytes === 0 ? Infinity : bytes));
    if (old === undefined || now === undefined || now <= old) return undefined;
    return now === Infinity ? "is removed" : `is raised from ${old} to ${now} bytes`;
  },
};

const settings: readonly HarmfulSetting[] = [
  {
    types: ["aws_athena_workgroup"],
    attribute: "configuration.bytes_scanned_cutoff_per_query",
    is: "the limit of what a query scans",
    harm: raised,
    level: CARE,
    why: "A query may cost that much more: Athena bills by what is scanned.",
    instead: "Look first whether the queries can scan less: fewer days, or a view.",
  },
  {
    types: ["aws_athena_workgroup"],
    attribute: "configuration.enforce_workgroup_configuration",
    is: "the enforcement of the workgroup's settings",
    harm: turnedOff,
    level: CARE,
    why: "Whoever queries says then where results go, and how they are encrypted.",
    instead: "Keep it on.",
  },
  {
    types: ["aws_scheduler_schedule"],
    attribute: "schedule_expression",
    is: "the schedule",
    harm: changes,
    level: CARE,
    why: "What it calls happens at other times, or on other days. Queries don't see the exports of another hour.",
    instead: "Make sure that nobody expects it at the former times.",
  },
];

/** What a table of the catalogue shows of the data. */
const SHOWN = ["parameters", "partition_keys", "storage_descriptor", "view_original_text"];

/** Queries may cost more, or see other data. */
export const analyticsChange: Rule = {
  name: "analytics-change",
  finds: [
    ...findsOfSettings(settings),
    { level: CARE, what: "a table or view of the Glue catalogue shows other data, columns or partitions" },
  ],
  judges: { ...judgedSettings(settings), aws_glue_catalog_table: SHOWN },
  reason: "Queries, and what is built on their results, then count something else, without an error.",
  source: "https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html",
  check: (plan) => [
    ...checkSettings(plan, settings),
    ...plan.updated("aws_glue_catalog_table").flatMap(checkTable),
  ],
};

function checkTable(change: ResourceChange): RuleFinding | [] {
  const changed = SHOWN.filter((name) => !isSame(change.before?.[name], change.after?.[name]));
  if (changed.length === 0) return [];
  return {
    change,
    level: CARE,
    what: `Table ${nameOf(change)} of the catalogue shows other data: its ${changed.join(", ")} changed.`,
    instead: "Tell who queries it, and run the named queries after the deployment.",
  };
}
