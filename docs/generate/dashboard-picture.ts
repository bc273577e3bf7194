import type { PlacedWidget } from "../../constructs/dashboard/rows.ts";
import { drawWidgets } from "./draw-widgets.ts";
import { resourcesMonitored } from "./everything-monitored.ts";

/** The layout of a dashboard that has all that a dashboard can have, as a picture of its JSON. */
export function dashboardPicture(): string {
  const [dashboard] = Object.values(resourcesMonitored()["aws_cloudwatch_dashboard"] ?? {});
  const { widgets } = JSON.parse(String(dashboard?.["dashboard_body"])) as { widgets: PlacedWidget[] };
  return drawWidgets(widgets);
}
