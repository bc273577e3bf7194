import { unitsOf } from "../../config/billing-settings.ts";
import type { Row } from "./rows.ts";
import { ofTable, type Shown, type TablePart, tableParts } from "./shown.ts";
import { alarmAt, graph, type Limit, type Series } from "./widgets.ts";

type Kind = "read" | "write";

/** The capacity that tables and indexes consume, of what is there: a row of reads and one of writes. */
export const capacityRows = (shown: Shown): Row[] =>
  (["read", "write"] as const).map((kind) => ({
    height: 5,
    widgets: tableParts(shown).map((part) => capacity(shown, part, kind)),
  }));

function capacity(shown: Shown, part: TablePart, kind: Kind) {
  const { billing } = shown.environment.tables[part.table];
  const units = `${kind === "read" ? "Read" : "Write"}CapacityUnits`;
  const consumed: Series = {
    ...ofTable(part, `Consumed${units}`),
    label: "consumed",
    statistic: "Sum",
    expression: "m / PERIOD(m)",
  };
  const provisioned: Series = {
    ...ofTable(part, `Provisioned${units}`),
    label: "provisioned",
    statistic: "Average",
  };
  const limits = limitsOf(shown, part, kind);
  return graph({
    title: `${kind === "read" ? "Reads" : "Writes"} of ${part.label}: ${limits.length > 0 ? "near the maximum is bad" : "no maximum is set"}`,
    unit: "units a second",
    series: billing.mode === "on-demand" ? [consumed] : [consumed, provisioned],
    limits,
  });
}

/** The maximum, and the alarm below it. On demand without a maximum there is neither: the graph would show nothing else. */
function limitsOf(shown: Shown, { table, index }: TablePart, kind: Kind): Limit[] {
  const most = unitsOf(shown.environment.tables[table].billing, kind, "maximum", index);
  if (most === undefined) return [];
  const { consumedCapacityPercent: percent } = shown.environment.alarms;
  return [{ label: "maximum", value: most }, ...alarmAt(percent && (most * percent) / 100)];
}
