import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import { CARE, type Found, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

const ALARMS = ["aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"];

export const compositeAlarmFinds: readonly Found[] = [
  {
    level: CARE,
    what: "a composite alarm leaves out an alarm that is still there, or its rule is another than any of its alarms (`aws_cloudwatch_composite_alarm`)",
  },
];

/** The attributes that `checkCompositeAlarm` judges. */
export const compositeAlarmJudges = ["alarm_rule"];

/** Of what a composite alarm that is updated or replaced no longer tells. */
export function checkCompositeAlarm(change: ResourceChange, plan: Plan): RuleFinding | [] {
  if (change.action !== "update" && change.action !== "replace") return [];
  const [before, after] = [change.before, change.after].map((alarm) => textOf(alarm, "alarm_rule"));
  if (before === undefined || after === undefined || before === after) return [];
  const [combined, remaining] = [anyOf(before), anyOf(after)];
  const gone = namesOfRemoved(plan);
  const leftOut = [...(combined ?? [])].filter((name) => !remaining?.has(name) && !gone.has(name));
  if (combined && remaining && leftOut.length === 0) return [];
  return {
    change,
    level: CARE,
    what:
      combined && remaining
        ? `Alarm ${nameOf(change)} leaves out ${leftOut.join(", ")}.`
        : `Alarm ${nameOf(change)} combines its alarms otherwise: ${after} instead of ${before}.`,
    why: "Nobody is told by it any more of what it told before.",
    instead: "Keep each alarm in its rule, as one of those of which any is enough.",
  };
}

/** The alarms of a rule that is true if any of them is raised; undefined for any other rule. */
function anyOf(rule: string): ReadonlySet<string> | undefined {
  const names = rule.split(" OR ").map((part) => /^ALARM\(("?)([^"()]+)\1\)$/.exec(part.trim())?.[2]);
  return names.includes(undefined) ? undefined : new Set(names.filter((name) => name !== undefined));
}

/** The names of alarms that are deleted, or that have another name afterwards. */
const namesOfRemoved = (plan: Plan) =>
  new Set(
    plan
      .ofType(...ALARMS)
      .map(({ before, after }) => [before, after].map((alarm) => textOf(alarm, "alarm_name")))
      .filter(([before, after]) => before !== after)
      .map(([before]) => before),
  );
