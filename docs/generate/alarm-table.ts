import { groupBy } from "../../review/plan/group-by.ts";
import { resourcesMonitored } from "./everything-monitored.ts";
import { cell, table } from "./markdown.ts";

/** A metric of an expression, or the expression itself. */
interface MetricQuery {
  readonly metric?: { readonly metric_name: string };
}

/** What the alarms of an environment can tell, a row for each section of the runbook. */
export function alarmTable(): string {
  const resources = resourcesMonitored();
  const alarms = ["aws_cloudwatch_composite_alarm", "aws_cloudwatch_metric_alarm"]
    .flatMap((type) => Object.values(resources[type] ?? {}))
    .map(({ alarm_description: description, metric_name: metric, metric_query: queries }) => {
      const [, section = "", meaning = ""] =
        /^docs\/runbook\.md#([\w-]+): (.*)$/s.exec(description as string) ?? [];
      const ofExpression = (queries as MetricQuery[] | undefined)?.flatMap(
        (query) => query.metric?.metric_name ?? [],
      );
      return {
        section,
        meaning,
        metric: (metric as string | undefined) ?? ofExpression?.join(", ") ?? "the others",
      };
    });
  const rows = [...groupBy(alarms, ({ section }) => section)].map(([section, found]) => [
    `[${section}](runbook.md#${section})`,
    cell(inOne(found.map(({ meaning }) => meaning))),
    inOne(found.map(({ metric }) => metric)),
  ]);
  return table(["in the runbook", "what it tells", "metric"], rows);
}

const inOne = (texts: readonly string[]) => [...new Set(texts)].join("; ");
