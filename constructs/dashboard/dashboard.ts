import { CloudwatchCompositeAlarm } from "@cdktf/provider-aws/lib/cloudwatch-composite-alarm/index.js";
import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import { cacheRow } from "./cache-row.ts";
import { capacityRows } from "./capacity-rows.ts";
import { costsRow } from "./costs-row.ts";
import { failuresRow } from "./failures-row.ts";
import { healthRow } from "./health-row.ts";
import { replicasRow } from "./replicas-row.ts";
import { placeRows, type Row } from "./rows.ts";
import type { Shown } from "./shown.ts";
import { trafficRow } from "./traffic-row.ts";
import { text } from "./widgets.ts";

export interface DashboardProps extends Omit<Shown, "alarmArns"> {
  readonly name: string;
}

/**
 * The dashboard that answers whether messaging is healthy; it shows every alarm that the stack has by then.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const shown = { ...props, alarmArns: alarmArnsIn(TerraformStack.of(this)) };
    const { region } = props.environment;
    const widgets = placeRows([
      introduction(props.environment),
      healthRow(shown),
      trafficRow(shown),
      failuresRow(shown),
      replicasRow(shown),
      cacheRow(shown),
      ...capacityRows(shown),
      costsRow(shown),
    ]).map(({ type, properties, ...place }) => ({
      type,
      ...place,
      properties: type === "metric" ? { region, ...properties } : properties,
    }));
    new CloudwatchDashboard(this, "dashboard", {
      dashboardName: props.name,
      dashboardBody: JSON.stringify({ periodOverride: "inherit", widgets }),
    });
  }
}

/** The ARNs of a stack's alarms, the composite ones first. */
function alarmArnsIn(stack: TerraformStack): string[] {
  const constructs = stack.node.findAll();
  return [
    ...constructs.filter((construct) => construct instanceof CloudwatchCompositeAlarm),
    ...constructs.filter((construct) => construct instanceof CloudwatchMetricAlarm),
  ].map(({ arn }) => arn);
}

function introduction({ name, pipeline }: Environment): Row {
  const runbook = "docs/runbook.md";
  const link = pipeline
    ? `[${runbook}](https://github.com/${pipeline.repository}/blob/HEAD/${runbook})`
    : runbook;
  return {
    height: 1,
    widgets: [
      text(
        `**Messaging, ${name}**: each alarm has a section in ${link}; \`npm run status -- ${name}\` says more.`,
      ),
    ],
  };
}
