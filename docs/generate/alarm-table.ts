import { resourcesMonitored } from "./everything-monitored.ts";
import { cell, table } from "./markdown.ts";

/** What the alarms of an environment can tell; what several of them tell, of a table and its index for example, once. */
export function alarmTable(): string {
  const resources = resourcesMonitored();
  const alarms = ["aws_cloudwatch_composite_alarm", "aws_cloudwatch_metric_alarm"].flatMap((type) =>
    Object.values(resources[type] ?? {}),
  );
  const rows = alarms.map(({ alarm_description: description, metric_name: metric }) => {
    const [, section = "", meaning = ""] =
      /^docs\/runbook\.md#([\w-]+): (.*)$/s.exec(description as string) ?? [];
    return [
      `[${section}](runbook.md#${section})`,
      cell(meaning),
      (metric as string | undefined) ?? "the others",
    ];
  });
  const distinct = new Map(rows.map((row) => [row.join(), row]));
  return table(["in the runbook", "what it tells", "metric"], [...distinct.values()]);
}
