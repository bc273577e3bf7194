import type { PlannedCases } from "../planned-cases.ts";
import { changed } from "./changed.ts";

const analytics = changed("analytics-change");

const workgroup = (limit: number | null, enforced = true) => ({
  configuration: [
    {
      ...(limit !== null && { bytes_scanned_cutoff_per_query: limit }),
      enforce_workgroup_configuration: enforced,
      publish_cloudwatch_metrics_enabled: true,
    },
  ],
});
const GIGABYTE = 1_073_741_824;

const view = (text: string) => ({ view_original_text: text });
const range = (days: number) => ({ parameters: { "projection.exported_on.range": `NOW-${days}DAYS,NOW` } });

/** Queries that may cost more, or see other data. */
export const analyticsCases: PlannedCases = {
  "a higher scan limit": analytics("aws_athena_workgroup", {
    with: { name: "analytics" },
    from: workgroup(GIGABYTE),
    to: workgroup(2 * GIGABYTE),
    finds:
      "care/care The limit of what a query scans of analytics is raised from 1073741824 to 2147483648 bytes.",
    harmless: workgroup(GIGABYTE / 2),
  }),
  "no scan limit any more": analytics("aws_athena_workgroup", {
    with: { name: "analytics" },
    from: workgroup(GIGABYTE),
    to: workgroup(null),
    finds: "care/care The limit of what a query scans of analytics is removed.",
    harmless: workgroup(GIGABYTE / 2),
  }),
  "a workgroup whose settings need not be kept": analytics("aws_athena_workgroup", {
    with: { name: "analytics" },
    from: workgroup(GIGABYTE),
    to: workgroup(GIGABYTE, false),
    finds: "care/care The enforcement of the workgroup's settings of analytics is turned off.",
    harmless: workgroup(GIGABYTE / 2),
  }),
  "a schedule at another hour": analytics("aws_scheduler_schedule", {
    with: {
      name: "export",
      flexible_time_window: [{ mode: "FLEXIBLE", maximum_window_in_minutes: 5 }],
      target: [
        {
          arn: "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime",
          role_arn: "arn:aws:iam::111111111111:role/export",
        },
      ],
    },
    from: { schedule_expression: "cron(0 5 * * ? *)" },
    to: { schedule_expression: "cron(0 6 * * ? *)" },
    finds: "care/care The schedule of export changes from cron(0 5 * * ? *) to cron(0 6 * * ? *).",
    harmless: { description: "every day" },
  }),
  "a view of something else": analytics("aws_glue_catalog_table", {
    with: { name: "messages", database_name: "cruddur", table_type: "VIRTUAL_VIEW" },
    from: view("one"),
    to: view("another"),
    finds: "care/care Table messages of the catalogue shows other data: its view_original_text changed.",
    harmless: { description: "a view" },
  }),
  "fewer partitions": analytics("aws_glue_catalog_table", {
    with: { name: "items", database_name: "cruddur", table_type: "EXTERNAL_TABLE" },
    from: range(30),
    to: range(3),
    finds: "care/care Table items of the catalogue shows other data: its parameters changed.",
    harmless: { description: "a table" },
  }),
};
