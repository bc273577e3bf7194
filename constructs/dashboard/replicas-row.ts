import type { Row } from "./rows.ts";
import { ofTable, type Shown, tableParts } from "./shown.ts";
import { alarmAt, graph, type Series } from "./widgets.ts";

/** How late writes reach the replicas of tables that have any. */
export function replicasRow(shown: Shown): Row {
  const { alarms, tables } = shown.environment;
  const series = tableParts(shown)
    .filter(({ index }) => index === undefined)
    .flatMap(({ table, dimensions }) =>
      Object.keys(tables[table].replicas ?? {}).map((region): Series => ({
        ...ofTable({ dimensions: { ...dimensions, ReceivingRegion: region } }, "ReplicationLatency"),
        label: `${table} to ${region}`,
        statistic: "Maximum",
      })),
    );
  if (series.length === 0) return { height: 0, widgets: [] };
  const { replicationLatencySeconds } = alarms;
  const latency = graph({
    title: "Delay from a write to its replicas: below the alarm is good",
    unit: "milliseconds",
    series,
    limits: alarmAt(replicationLatencySeconds && replicationLatencySeconds * 1_000),
  });
  return { height: 6, widgets: [latency] };
}
