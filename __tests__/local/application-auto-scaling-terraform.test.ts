import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { DeployedCode, type Resources } from "../support/deployed-code.ts";
import { clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

interface Settings {
  readonly onDemand?: boolean;
  /** Of each target; in on-demand mode, of the table and the index. */
  readonly maximum?: number;
  readonly targetValue?: number;
  readonly schedule?: string;
  readonly owner?: string;
}

const maximumOf = (units?: number) =>
  units === undefined
    ? {}
    : { on_demand_throughput: { max_read_request_units: units, max_write_request_units: units } };

/** A table with an index, each with its scalable targets, their policies and a scheduled action. */
function code({ onDemand = false, maximum, targetValue = 70, schedule, owner = "a" }: Settings): Resources {
  const units = onDemand ? maximumOf(maximum) : { read_capacity: 5, write_capacity: 5 };
  const table = {
    name: "scaled",
    billing_mode: onDemand ? "PAY_PER_REQUEST" : "PROVISIONED",
    ...units,
    hash_key: "pk",
    attribute: ["pk", "group"].map((name) => ({ name, type: "S" })),
    global_secondary_index: [{ name: "by-group", hash_key: "group", projection_type: "ALL", ...units }],
  };
  if (onDemand) return { aws_dynamodb_table: { table } };
  const targets = Object.fromEntries(
    ["table", "index"].flatMap((part) =>
      ["Read", "Write"].map((kind) => [
        `${part}-${kind}`,
        {
          service_namespace: "dynamodb",
          resource_id: part === "table" ? "table/scaled" : "table/scaled/index/by-group",
          scalable_dimension: `dynamodb:${part}:${kind}CapacityUnits`,
          min_capacity: 5,
          max_capacity: maximum ?? 50,
          tags: { owner },
          depends_on: ["aws_dynamodb_table.table"],
        },
      ]),
    ),
  );
  const of = (name: string) =>
    Object.fromEntries(
      ["service_namespace", "resource_id", "scalable_dimension"].map((field) => [
        field,
        `\${aws_appautoscaling_target.${name}.${field}}`,
      ]),
    );
  const policies = Object.fromEntries(
    Object.keys(targets).map((name) => [
      name,
      {
        name: "utilization",
        policy_type: "TargetTrackingScaling",
        ...of(name),
        target_tracking_scaling_policy_configuration: {
          target_value: targetValue,
          predefined_metric_specification: {
            predefined_metric_type: `DynamoDB${name.split("-")[1] ?? ""}CapacityUtilization`,
          },
        },
      },
    ]),
  );
  const evening = {
    name: "evening",
    ...of("table-Write"),
    schedule,
    timezone: "America/Toronto",
    scalable_target_action: { min_capacity: 20, max_capacity: 40 },
  };
  return {
    aws_dynamodb_table: { table },
    aws_appautoscaling_target: targets,
    aws_appautoscaling_policy: policies,
    ...(schedule === undefined ? {} : { aws_appautoscaling_scheduled_action: { evening } }),
  };
}

describeWith(["python", "terraform"], "Terraform and Application Auto Scaling in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let deployed: DeployedCode;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    deployed = await DeployedCode.start(aws);
  });
  afterAll(async () => {
    await deployed.remove();
    await aws.stop();
  });

  test("whatever is deployed, changed and switched off, the plan afterwards is empty", async () => {
    const schedule = "cron(0 18 * * ? *)";
    for (const settings of [
      { schedule },
      { maximum: 60, targetValue: 80, schedule: "cron(0 19 * * ? *)", owner: "b" },
      { owner: "b" },
      { onDemand: true },
      { schedule },
      { onDemand: true, maximum: 50 },
      { onDemand: true, maximum: 60 },
    ])
      expect([settings, await deployed.deploy(code(settings))]).toEqual([
        settings,
        { before: true, after: false },
      ]);

    await deployed.destroy();
    const scaling = new ApplicationAutoScalingClient(clientSettings(aws));
    const left = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "dynamodb" }));
    expect(left.ScalableTargets).toEqual([]);
    const dynamodb = new DynamoDBClient(clientSettings(aws));
    await expect(dynamodb.send(new DescribeTableCommand({ TableName: "scaled" }))).rejects.toThrow(
      "not found",
    );
  }, 300_000);
});
