import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  type PutScheduledActionCommandInput,
} from "@aws-sdk/client-application-auto-scaling";
import { UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { evaluateScaling } from "../../local/embedded-aws/scaling.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { ACCOUNT } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { ScaledTables } from "../support/scaled-tables.ts";

const MINUTE = 60_000;

describeWith(["python"], "the scaler of the embedded AWS", () => {
  let aws: EmbeddedAws;
  let tables: ScaledTables;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    tables = new ScaledTables(aws);
  });
  afterAll(async () => {
    await aws.stop();
  });

  const evaluate = (inMinutes = 0) =>
    evaluateScaling(aws, { account: ACCOUNT, at: new Date(Date.now() + inMinutes * MINUTE) });

  describe("evaluates the utilization", () => {
    test("load scales out, the table and the index, up to the maximum; without load, nothing happens", async () => {
      const { write, read, indexWrite, load, capacity } = await tables.create("loaded");
      for (const target of [write, read, indexWrite]) {
        await tables.register(target);
        await tables.track(target);
      }
      await tables.register(indexWrite, { MaxCapacity: 10 });
      await load(25, { message_group_uuid: "a" }); // 1,000 units in a minute are 16.7 a second

      expect(await evaluate()).toMatchObject([
        {
          ...indexWrite,
          Description: "Setting write capacity units to 10.",
          Cause: "utilization triggered policy utilization",
          StatusCode: "Successful",
        },
        { ...write, Description: "Setting write capacity units to 24." },
      ]);
      const scaledOut = { read: 5, write: 24, indexRead: 5, indexWrite: 10 };
      expect(await capacity()).toEqual(scaledOut);
      expect(await evaluate()).toEqual([]);
      expect(await evaluate(5)).toEqual([]);
      expect(await capacity()).toEqual(scaledOut);
      const described = await tables.scaling.send(new DescribeScalingActivitiesCommand({ ...write }));
      expect(described.ScalingActivities).toMatchObject([{ ...write, StatusCode: "Successful" }]);
    });

    test("little load scales in to the minimum, unless that is disabled or suspended", async () => {
      const { write, indexWrite, load, capacity } = await tables.create("idle");
      await tables.register(write);
      await tables.register(indexWrite);
      await load(1, { message_group_uuid: "a" });

      await tables.track(write, { DisableScaleIn: true });
      await tables.track(indexWrite);
      await tables.register(indexWrite, { SuspendedState: { DynamicScalingInSuspended: true } });
      expect(await evaluate()).toEqual([]);

      await tables.track(write);
      await tables.register(indexWrite, { SuspendedState: { DynamicScalingInSuspended: false } });
      await evaluate();
      expect(await capacity()).toEqual({ read: 5, write: 2, indexRead: 5, indexWrite: 2 });
    });

    test("a utilization a little below the target changes nothing", async () => {
      const { write, load, capacity } = await tables.create("steady");
      await tables.register(write);
      await tables.track(write);
      const ProvisionedThroughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 25 };
      await tables.dynamodb.send(new UpdateTableCommand({ TableName: "steady", ProvisionedThroughput }));
      await load(25); // 67 percent; 24 units would be enough for 70
      expect(await evaluate()).toEqual([]);
      expect((await capacity()).write).toBe(25);
    });

    test("changed limits take effect; a table that can't be scaled makes a failed activity", async () => {
      const { write, capacity } = await tables.create("limited");
      await tables.register(write, { MinCapacity: 7 });
      await tables.track(write);
      await evaluate();
      expect((await capacity()).write).toBe(7);

      await tables.dynamodb.send(
        new UpdateTableCommand({ TableName: "limited", BillingMode: "PAY_PER_REQUEST" }),
      );
      expect(await evaluate()).toMatchObject([
        { ...write, StatusCode: "Failed", StatusMessage: expect.stringContaining("in on-demand mode") },
      ]);
      await tables.scaling.send(new DeregisterScalableTargetCommand(write));
    });
  });

  describe("runs scheduled actions", () => {
    const at = (inMinutes: number) => new Date(Date.now() + inMinutes * MINUTE).toISOString().slice(0, 19);

    test("when their time has come, once, in the order of their times", async () => {
      const { write, capacity } = await tables.create("scheduled");
      await tables.register(write);
      await tables.schedule(write, { Schedule: `at(${at(20)})` });
      const night = { MinCapacity: 1, MaxCapacity: 3 };
      const nightly = { ScheduledActionName: "night", ScalableTargetAction: night };
      await tables.schedule(write, { ...nightly, Schedule: `at(${at(40)})` });

      expect(await evaluate(19)).toEqual([]);
      await evaluate(21);
      expect((await capacity()).write).toBe(20);
      expect(await evaluate(22)).toEqual([]);
      expect(await evaluate(41)).toMatchObject([
        { Cause: "minimum capacity was set to 1 and maximum capacity to 3 by scheduled action night" },
      ]);
      expect((await capacity()).write).toBe(3);
      const { ScalableTargets } = await tables.scaling.send(
        new DescribeScalableTargetsCommand({ ...write, ResourceIds: [write.ResourceId] }),
      );
      expect(ScalableTargets).toMatchObject([night]);

      // Both at once: the later one decides.
      await tables.schedule(write, { Schedule: `at(${at(20)})` });
      await tables.schedule(write, { ...nightly, Schedule: `at(${at(10)})` });
      await evaluate(21);
      expect((await capacity()).write).toBe(20);
    });

    test.each<[string, (minutes: number) => Partial<PutScheduledActionCommandInput>, number]>([
      ["a rate", () => ({ Schedule: "rate(2 hours)" }), 120],
      [
        "a rate from its start",
        () => ({ Schedule: "rate(2 hours)", StartTime: new Date(Date.now() + 30 * MINUTE) }),
        30,
      ],
      ["cron", () => ({ Schedule: cron(new Date(Date.now() + 90 * MINUTE)) }), 90],
      [
        "cron in a time zone",
        () => ({
          Schedule: cron(new Date(Date.now() + 90 * MINUTE), "Asia/Kolkata"),
          Timezone: "Asia/Kolkata",
        }),
        90,
      ],
    ])("%s", async (name, settings, minutes) => {
      const { write } = await tables.create(name.replaceAll(" ", "-"));
      await tables.register(write);
      await tables.schedule(write, settings(minutes));
      expect(await evaluate(minutes - 2)).toEqual([]);
      expect(await evaluate(minutes + 1)).toMatchObject([{ ...write, StatusCode: "Successful" }]);
    });

    test("not after their end, and not while suspended", async () => {
      const { write, read } = await tables.create("ended");
      await tables.register(write);
      await tables.register(read, { SuspendedState: { ScheduledScalingSuspended: true } });
      await tables.schedule(write, {
        Schedule: "rate(2 hours)",
        EndTime: new Date(Date.now() + 60 * MINUTE),
      });
      await tables.schedule(read, { Schedule: "rate(2 hours)" });
      expect(await evaluate(121)).toEqual([]);
    });

    /** Every day at the minute of this time. */
    function cron(time: Date, timeZone = "UTC"): string {
      const parts = new Intl.DateTimeFormat("en", {
        hour: "numeric",
        minute: "numeric",
        hourCycle: "h23",
        timeZone,
      });
      const [hour, minute] = parts.format(time).split(":");
      return `cron(${Number(minute)} ${Number(hour)} * * ? *)`;
    }
  });

  test("nothing is evaluated in another account or region", async () => {
    const { write } = await tables.create("alone");
    await tables.register(write);
    await tables.schedule(write, { Schedule: "rate(1 minute)" });
    const at = new Date(Date.now() + 2 * MINUTE);
    expect(await evaluateScaling(aws, { account: "888888888888", at })).toEqual([]);
    expect(await evaluateScaling(aws, { account: ACCOUNT, region: "us-east-1", at })).toEqual([]);
    expect(await evaluateScaling(aws, { account: ACCOUNT, at })).toMatchObject([write]);
  });
});
