import { DescribeExportCommand, type DynamoDBClient, ListExportsCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { runSchedule } from "../../local/embedded-aws/schedules.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createFunctionRole, createServiceRole, createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { setRecovery } from "../support/table-restores.ts";
import { until } from "../support/until.ts";

const TableArn = `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/exported`;
const S3Bucket = "schedule-targets";
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

describeWith(["python"], "universal targets of EventBridge Scheduler", () => {
  let aws: EmbeddedAws;
  let dynamodb: DynamoDBClient;
  beforeAll(async () => {
    aws = await startEmbeddedAws();
    ({ client: dynamodb } = await createMessagesTable(aws, "exported"));
    await setRecovery(dynamodb, "exported", true);
    const CreateBucketConfiguration = { LocationConstraint: "ca-central-1" as const };
    const s3 = new S3Client({ ...clientSettings(aws), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: S3Bucket, CreateBucketConfiguration }));
    const exportsTables = ["dynamodb:ExportTableToPointInTime", "s3:PutObject"];
    await createServiceRole(aws, ACCOUNT, "exporter", "scheduler.amazonaws.com", exportsTables);
    await createServiceRole(aws, ACCOUNT, "powerless", "scheduler.amazonaws.com", ["s3:PutObject"]);
    await createFunctionRole(aws, ACCOUNT, "of-a-function", exportsTables);
  });
  afterAll(() => aws.stop());

  const create = (
    Name: string,
    role: string,
    client = new SchedulerClient(clientSettings(aws)),
    expression = "rate(30 days)",
  ) =>
    client.send(
      new CreateScheduleCommand({
        Name,
        ScheduleExpression: expression,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime",
          RoleArn: roleArn(role),
          Input: JSON.stringify({
            TableArn,
            S3Bucket,
            S3Prefix: `${Name}/at=<aws.scheduler.scheduled-time>`,
            ClientToken: "<aws.scheduler.execution-id>",
          }),
        },
      }),
    );

  test("call the operation with their input at the time of the schedule, as their role", async () => {
    await create("daily", "exporter");
    const at = new Date("2026-01-02T05:00:00Z");
    const answer = await runSchedule(aws, { account: ACCOUNT, name: "daily", at });

    expect(answer).toMatchObject({ ExportDescription: { S3Prefix: "daily/at=2026-01-02T05:00:00Z" } });
    const { ExportArn } = (answer as { ExportDescription: { ExportArn: string } }).ExportDescription;
    const describeExport = new DescribeExportCommand({ ExportArn });
    await until(
      async () => (await dynamodb.send(describeExport)).ExportDescription?.ExportStatus === "COMPLETED",
    );
    // Each run is another execution.
    await expect(runSchedule(aws, { account: ACCOUNT, name: "daily", at })).resolves.not.toMatchObject({
      ExportDescription: { ExportArn },
    });
  });

  test("fail with what the operation refuses, or without a schedule", async () => {
    await create("refused", "powerless");
    const at = new Date();

    await expect(runSchedule(aws, { account: ACCOUNT, name: "refused", at })).rejects.toThrow(
      "not authorized to perform: dynamodb:ExportTableToPointInTime",
    );
    await expect(runSchedule(aws, { account: ACCOUNT, name: "none", at })).rejects.toThrow(
      "none does not exist",
    );
  });

  test("are called when the schedule is due", async () => {
    const count = async () =>
      (await dynamodb.send(new ListExportsCommand({ TableArn }))).ExportSummaries?.length ?? 0;
    const before = await count();
    await create("once", "exporter", undefined, `at(${new Date().toISOString().slice(0, 19)})`);

    await until(async () => (await count()) === before + 1);
  });

  test("need a role that the scheduler can take and the creator may pass", async () => {
    await expect(create("function's", "of-a-function")).rejects.toThrow("Scheduler to assume the role");
    const creates = { Effect: "Allow", Action: "scheduler:CreateSchedule", Resource: "*" };
    const credentials = await createUser(aws, "scheduling", creates);
    const client = new SchedulerClient({ ...clientSettings(aws), credentials });

    await expect(create("passed", "exporter", client)).rejects.toThrow("iam:PassRole");
  });
});
