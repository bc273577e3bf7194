import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule/index.js";
import { Construct } from "constructs";
import { exportsAt } from "../../messaging/analytics/bucket-folders.ts";
import { accountOf } from "../arn.ts";
import { addServiceRole } from "../service-role.ts";
import type { ExportsBucket } from "./exports-bucket.ts";
import { exportPermissions } from "./export-permissions.ts";

export interface DailyExportProps {
  /** Of the schedule and of its role. */
  readonly name: string;
  readonly region: string;
  /** ARN of the policy that limits what the role may ever do. */
  readonly permissionsBoundary: string;
  readonly table: { readonly arn: string; readonly name: string };
  readonly bucket: ExportsBucket;
  /** The hour, in UTC. */
  readonly hour: number;
}

/** The scheduler tries again for so long; the export must be complete in two hours. */
const RETRY_SECONDS = 3_600;
const RETRIES = 10;

/**
 * The schedule that exports the whole table every day. It calls DynamoDB itself: no function has to run.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
 */
export class DailyExport extends Construct {
  constructor(scope: Construct, id: string, props: DailyExportProps) {
    super(scope, id);
    const { name, region, table, bucket } = props;
    const account = accountOf(table.arn);
    const role = addServiceRole(this, {
      name,
      description: "Exports the messages of Cruddur to S3",
      permissionsBoundary: props.permissionsBoundary,
      service: "scheduler.amazonaws.com",
      condition: { StringEquals: { "aws:SourceAccount": account } },
      policyName: "export",
      statements: exportPermissions({
        region,
        tableArn: table.arn,
        bucketArn: bucket.arn,
        keyArn: bucket.keyArn,
      }),
    });
    new SchedulerSchedule(this, "schedule", {
      name,
      description: "Exports the messages of Cruddur every day",
      scheduleExpression: `cron(0 ${props.hour} * * ? *)`,
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime",
        roleArn: role.arn,
        input: JSON.stringify({
          TableArn: table.arn,
          S3Bucket: bucket.name,
          S3BucketOwner: account,
          S3Prefix: exportsAt("<aws.scheduler.scheduled-time>"),
          S3SseAlgorithm: "KMS",
          S3SseKmsKeyId: bucket.keyArn,
          ExportFormat: "DYNAMODB_JSON",
          // A second try of the same day is the same export.
          ClientToken: `${table.name}-<aws.scheduler.scheduled-time>`,
        }),
        retryPolicy: { maximumEventAgeInSeconds: RETRY_SECONDS, maximumRetryAttempts: RETRIES },
      },
      dependsOn: [role.policy],
    });
  }
}
