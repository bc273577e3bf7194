import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import { exportHour } from "../../config/export-times.ts";
import type { Names } from "../../config/names.ts";
import type { Condition } from "../alarms/alarms.ts";
import { accountOf, policyArn } from "../arn.ts";
import { Catalogue } from "./catalogue.ts";
import { DailyExport } from "./daily-export.ts";
import { ExportsBucket } from "./exports-bucket.ts";
import { Workgroup } from "./workgroup.ts";

export interface AnalyticsProps {
  readonly environment: Environment;
  readonly analytics: NonNullable<Environment["analytics"]>;
  readonly names: Names;
  readonly messages: { readonly arn: string; readonly name: string };
}

/** SQL over the messages: the daily export of the table into a bucket, and what Athena queries it with. */
export class Analytics extends Construct {
  constructor(scope: Construct, id: string, { environment, analytics, names, messages }: AnalyticsProps) {
    super(scope, id);
    const hour = exportHour(analytics);
    const bucket = new ExportsBucket(this, "bucket", {
      name: analytics.bucket,
      keyAlias: names.analyticsKeyAlias,
      keepDays: analytics.keepDays,
      protected: environment.protected,
      completedQueue: names.completedExports,
    });
    new DailyExport(this, "export", {
      name: names.tableExport,
      region: environment.region,
      permissionsBoundary: policyArn(names.exportBoundary, environment.region, accountOf(messages.arn)),
      table: messages,
      bucket,
      hour,
    });
    const { database } = new Catalogue(this, "catalogue", {
      name: names.analyticsDatabase,
      bucket: bucket.name,
      hour,
      keepDays: analytics.keepDays,
    });
    new Workgroup(this, "workgroup", {
      name: names.analyticsWorkgroup,
      database,
      bucket,
      maximumScannedMegabytes: analytics.maximumScannedMegabytes,
    });
  }
}

const HOUR_SECONDS = 3_600;
/** An export is due every day, and has two hours to complete. */
const HOURS_WITHOUT_EXPORT = 26;

/** The condition of the exports, where there are any. Messages reach inboxes all the same, so it warns only. */
export const exportConditions = ({ analytics }: Environment, names: Names): Condition[] =>
  analytics === undefined
    ? []
    : [
        {
          name: "export-age",
          meaning: `no export of the messages was completed for ${HOURS_WITHOUT_EXPORT} hours`,
          isIll: false,
          namespace: "AWS/SQS",
          metricName: "NumberOfMessagesSent",
          dimensions: { QueueName: names.completedExports },
          statistic: "Sum",
          threshold: 0,
          period: HOUR_SECONDS,
          isRaisedByAbsence: { datapoints: HOURS_WITHOUT_EXPORT },
        },
      ];
