import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeleteScheduledActionCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  RegisterScalableTargetCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CreateTableCommand, DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { evaluateScaling } from "../../local/embedded-aws/scaling.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { tableInput } from "../../local/table-input.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { ScaledTables, type Target, targetOf } from "../support/scaled-tables.ts";

const SERVICE_LINKED_ROLE = "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable";

describeWith(["python"], "Application Auto Scaling in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;
  let tables: ScaledTables;

  beforeAll(async () => {
    [aws, asShipped] = await Promise.all([
      startEmbeddedAws(),
      startEmbeddedAws({ without: ["application-auto-scaling"] }),
    ]);
    tables = new ScaledTables(aws);
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  test("a target, its policy and its scheduled action are kept, described, changed and deleted", async () => {
    const { write } = await tables.create("kept");
    const { ScalableTargetARN: ResourceARN } = await tables.register(write, { Tags: { environment: "dev" } });
    await tables.register(write, { MaxCapacity: 50 });
    await tables.track(write);
    await tables.track(write, { TargetValue: 60 });
    await tables.schedule(write, { Schedule: "cron(0 18 * * ? *)", Timezone: "America/Toronto" });

    const of = { ServiceNamespace: "dynamodb" as const, ResourceIds: [write.ResourceId] };
    const targets = () => tables.scaling.send(new DescribeScalableTargetsCommand(of));
    expect((await targets()).ScalableTargets).toEqual([
      {
        ...write,
        MinCapacity: 2,
        MaxCapacity: 50,
        ScalableTargetARN: expect.stringMatching(
          /^arn:aws:application-autoscaling:ca-central-1:999999999999:scalable-target\/\w+$/,
        ),
        RoleARN: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/${SERVICE_LINKED_ROLE}`,
        CreationTime: expect.any(Date),
        SuspendedState: {
          DynamicScalingInSuspended: false,
          DynamicScalingOutSuspended: false,
          ScheduledScalingSuspended: false,
        },
      },
    ]);
    const policies = () => tables.scaling.send(new DescribeScalingPoliciesCommand({ ...write }));
    expect((await policies()).ScalingPolicies).toMatchObject([
      { PolicyName: "utilization", TargetTrackingScalingPolicyConfiguration: { TargetValue: 60 } },
    ]);
    const actions = () => tables.scaling.send(new DescribeScheduledActionsCommand({ ...write }));
    expect((await actions()).ScheduledActions).toMatchObject([
      { ScheduledActionName: "evening", Schedule: "cron(0 18 * * ? *)", Timezone: "America/Toronto" },
    ]);
    const elsewhere = new ApplicationAutoScalingClient(clientSettings(aws, "888888888888"));
    expect((await elsewhere.send(new DescribeScalableTargetsCommand(of))).ScalableTargets).toEqual([]);

    const tags = async () =>
      (await tables.scaling.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags;
    expect(await tags()).toEqual({ environment: "dev" });
    await tables.scaling.send(new TagResourceCommand({ ResourceARN, Tags: { owner: "platform" } }));
    await tables.scaling.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["environment"] }));
    expect(await tags()).toEqual({ owner: "platform" });

    await tables.scaling.send(new DeleteScalingPolicyCommand({ ...write, PolicyName: "utilization" }));
    await tables.scaling.send(new DeleteScheduledActionCommand({ ...write, ScheduledActionName: "evening" }));
    expect([(await policies()).ScalingPolicies, (await actions()).ScheduledActions]).toEqual([[], []]);

    await tables.track(write);
    await tables.schedule(write, { Schedule: "rate(1 day)" });
    await tables.scaling.send(new DeregisterScalableTargetCommand(write));
    await tables.register(write);
    expect([(await policies()).ScalingPolicies, (await actions()).ScheduledActions]).toEqual([[], []]);
    await expect(tags()).rejects.toThrow("No scalable target found");
  });

  describe("refuses", () => {
    let table: Awaited<ReturnType<ScaledTables["create"]>>;
    beforeAll(async () => {
      table = await tables.create("refusing");
      await tables.dynamodb.send(new CreateTableCommand(tableInput("messages", "on-demand")));
      await tables.register(table.write);
    });
    const named = (name: string) => targetOf(`table/${name}`, "dynamodb:table:ReadCapacityUnits");

    test.each<[string, string, () => Promise<unknown>]>([
      [
        "a minimum over the maximum",
        "MaxCapacity must not be less than MinCapacity (1 < 2)",
        () => tables.register(table.write, { MaxCapacity: 1 }),
      ],
      [
        "a new target without limits",
        "MinCapacity must be given",
        () => tables.register(table.read, { MinCapacity: undefined }),
      ],
      [
        "another service",
        "has the namespace dynamodb only (given ecs)",
        () => tables.register({ ...table.write, ServiceNamespace: "ecs" as never }),
      ],
      [
        "an index as a table",
        "Unsupported resource ID for scalable dimension",
        () =>
          tables.register({ ...table.indexWrite, ScalableDimension: "dynamodb:table:WriteCapacityUnits" }),
      ],
      [
        "a dimension of another service",
        "Unsupported scalable dimension",
        () => tables.register({ ...table.write, ScalableDimension: "ecs:service:DesiredCount" }),
      ],
      ["a table that doesn't exist", "table does not exist: none", () => tables.register(named("none"))],
      [
        "an index that doesn't exist",
        "has no global secondary index none",
        () => tables.register(targetOf("table/refusing/index/none", "dynamodb:index:ReadCapacityUnits")),
      ],
      [
        "a table in on-demand mode",
        "on-demand is in on-demand mode",
        () => tables.register(named("on-demand")),
      ],
      [
        "a target value that DynamoDB doesn't have",
        "between 20 and 90 (given 91)",
        () => tables.track(table.write, { TargetValue: 91 }),
      ],
      [
        "a schedule that isn't one",
        "Invalid schedule expression: cron(0 18 * * *)",
        () => tables.schedule(table.write, { Schedule: "cron(0 18 * * *)" }),
      ],
      [
        "a time zone that isn't one",
        "Invalid timezone: Canada/Montreal",
        () => tables.schedule(table.write, { Schedule: "rate(1 day)", Timezone: "Canada/Montreal" }),
      ],
    ])("%s", async (_, message, request) => {
      await expect(request()).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining(message),
      });
    });

    test.each<[string, (target: Target) => Promise<unknown>]>([
      ["a policy", (target) => tables.track(target)],
      ["a scheduled action", (target) => tables.schedule(target, { Schedule: "rate(1 day)" })],
      ["deregistering", (target) => tables.scaling.send(new DeregisterScalableTargetCommand(target))],
    ])("%s where no target is registered", async (_, request) => {
      await expect(request(table.read)).rejects.toMatchObject({
        name: "ObjectNotFoundException",
        message: expect.stringContaining("No scalable target registered"),
      });
    });
  });

  describe("permissions", () => {
    const target = `arn:aws:application-autoscaling:ca-central-1:${ACCOUNT}:scalable-target/*`;
    const table = `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/permitted`;
    const alarm = `arn:aws:cloudwatch:ca-central-1:${ACCOUNT}:alarm:TargetTracking-*`;
    const allow = (Action: string | string[], Resource: string, Condition?: object) => ({
      Effect: "Allow",
      Action,
      Resource,
      Condition,
    });
    const onTables = {
      StringEquals: {
        "application-autoscaling:service-namespace": "dynamodb",
        "application-autoscaling:scalable-dimension": "dynamodb:table:WriteCapacityUnits",
      },
    };
    const needed = [
      allow("application-autoscaling:*Scal*", target, onTables),
      allow("application-autoscaling:DescribeScalableTargets", "*"),
      allow("application-autoscaling:TagResource", target, {
        StringEquals: { "aws:ResourceTag/environment": "dev" },
      }),
      allow(["dynamodb:DescribeTable", "dynamodb:UpdateTable"], table),
      allow("cloudwatch:DescribeAlarms", "*"),
      allow(["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"], alarm),
    ];
    let made = 0;
    const clientWith = async (...statements: object[]) =>
      new ApplicationAutoScalingClient({
        ...clientSettings(aws),
        credentials: await createUser(aws, `scaler-${(made += 1)}`, ...statements),
      });

    test("actions are checked by target, namespace, dimension and tags", async () => {
      const { write, read } = await tables.create("permitted");
      await tables.register(read);
      const permitted = await clientWith(...needed);
      const { ScalableTargetARN: ResourceARN } = await permitted.send(
        new RegisterScalableTargetCommand({
          ...write,
          MinCapacity: 1,
          MaxCapacity: 2,
          Tags: { environment: "dev" },
        }),
      );
      await permitted.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "dynamodb" }));
      await permitted.send(new TagResourceCommand({ ResourceARN, Tags: { environment: "prod" } }));
      for (const denied of [
        permitted.send(new DeregisterScalableTargetCommand(read)),
        permitted.send(new TagResourceCommand({ ResourceARN, Tags: { environment: "dev" } })),
        permitted.send(new ListTagsForResourceCommand({ ResourceARN })),
      ])
        await expect(denied).rejects.toThrow("not authorized to perform: application-autoscaling:");
      await permitted.send(new DeregisterScalableTargetCommand(write));
    });

    test.each([
      "dynamodb:DescribeTable",
      "dynamodb:UpdateTable",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:DeleteAlarms",
      "iam:CreateServiceLinkedRole",
    ])("registering the first target also needs %s", async (action) => {
      const { write } = await tables.create("lacking");
      await tables.register(write);
      await new IAMClient(clientSettings(aws)).send(new DeleteRoleCommand({ RoleName: SERVICE_LINKED_ROLE }));
      const deny = { Effect: "Deny", Action: action, Resource: "*" };
      const lacking = await clientWith(allow("*", "*"), deny);
      await expect(
        lacking.send(new RegisterScalableTargetCommand({ ...write, MinCapacity: 1, MaxCapacity: 2 })),
      ).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining(`not authorized to perform: ${action} on resource: arn:aws:`),
      });
      await tables.register(write);
      await tables.dynamodb.send(new DeleteTableCommand({ TableName: "lacking" }));
    });
  });

  test("is needed: ministack doesn't have the service", async () => {
    const { services } = (await (await fetch(`${asShipped.endpoint}/_ministack/health`)).json()) as {
      services: object;
    };
    expect(services).toHaveProperty("dynamodb");
    expect(services).not.toHaveProperty("application-autoscaling");
    await expect(evaluateScaling(asShipped, { account: ACCOUNT })).rejects.toThrow(
      "doesn't evaluate scaling",
    );
  });
});
