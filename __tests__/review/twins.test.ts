import { beforeAll, expect, test } from "@jest/globals";
import { type Plan, planFromJson } from "../../review/plan/plan.ts";
import { backupOff } from "../../review/rules/backup-off.ts";
import { nobodyTold } from "../../review/rules/nobody-told.ts";
import { findTwins } from "../../review/rules/twin.ts";
import { describeWith } from "../support/requirements.ts";
import { noContext } from "./synthetic-plan.ts";
import { planCases, type PlannedCases } from "./planned-cases.ts";

const alarm = {
  namespace: "AWS/Lambda",
  metric_name: "Errors",
  statistic: "Sum",
  comparison_operator: "GreaterThanThreshold",
  threshold: 5,
  period: 60,
  evaluation_periods: 1,
};
const watching = (FunctionName: string, rest: object = {}) => ({
  ...alarm,
  alarm_name: FunctionName,
  dimensions: { FunctionName },
  ...rest,
});
const lambda = (function_name: string) => ({
  function_name,
  role: "arn:aws:iam::111111111111:role/function",
  image_uri: "111111111111.dkr.ecr.ca-central-1.amazonaws.com/function:1",
  package_type: "Image",
});

const bare = { rule: "", finds: "" };

/** "harmless" is without the resources to which the others belong. */
const cases: PlannedCases = {
  bucket: {
    ...bare,
    type: "aws_s3_bucket",
    deployed: { bucket: "b" },
    harmful: { bucket: "b" },
    harmless: "deleted",
  },
  versions: {
    ...bare,
    type: "aws_s3_bucket_versioning",
    deployed: { bucket: "b", versioning_configuration: { status: "Enabled" } },
    harmful: "deleted",
    harmless: "deleted",
  },
  lambda: {
    ...bare,
    type: "aws_lambda_function",
    deployed: lambda("old"),
    harmful: lambda("old"),
    harmless: lambda("new"),
  },
  follower: {
    ...bare,
    type: "aws_cloudwatch_metric_alarm",
    deployed: watching("old", { alarm_name: "follower" }),
    harmful: watching("new", { alarm_name: "follower" }),
    harmless: watching("new", { alarm_name: "follower" }),
  },
  orphan: {
    ...bare,
    type: "aws_cloudwatch_metric_alarm",
    deployed: watching("orphan"),
    harmful: "deleted",
    harmless: "deleted",
    // Its dimension is known only after apply.
    withHarmful: {
      "aws_sqs_queue.made": { name: "made" },
      "aws_cloudwatch_metric_alarm.unknown": watching("orphan", {
        alarm_name: "unknown",
        dimensions: { FunctionName: "${aws_sqs_queue.made.id}" },
      }),
    },
    withHarmless: { "aws_cloudwatch_metric_alarm.twin": watching("orphan", { alarm_name: "twin" }) },
  },
  deafer: {
    ...bare,
    type: "aws_cloudwatch_metric_alarm",
    deployed: watching("deafer"),
    harmful: "deleted",
    harmless: watching("deafer", { alarm_name: "replaced" }),
    withHarmful: {
      "aws_cloudwatch_metric_alarm.deaf": watching("deafer", { alarm_name: "deaf", threshold: 5_000 }),
    },
  },
};

describeWith(["terraform"], "what goes together", () => {
  const plans = new Map<string, Plan>();
  beforeAll(async () => {
    for (const [name, json] of Object.entries(await planCases(cases))) plans.set(name, planFromJson([json]));
  }, 300_000);

  const told = async (name: string, rule = nobodyTold) => {
    const plan = plans.get(name);
    const findings = plan ? await rule.check(plan, noContext) : [];
    return findings.map(({ change, what }) => `${change.address}: ${what}`);
  };
  const twins = (name: string) => {
    const plan = plans.get(name);
    return [...(plan ? findTwins(plan) : [])].map(([removed, twin]) => `${removed.address}: ${twin.address}`);
  };

  test("what is deleted with its owner is no finding of its own", async () => {
    expect(await told("harmful", backupOff)).toEqual([
      expect.stringContaining("aws_s3_bucket_versioning.versions: The versioning configuration"),
    ]);
    expect(await told("harmless", backupOff)).toEqual([]);
  });

  test("an alarm is watching something else, unless it follows what it watched", async () => {
    const follower = expect.stringContaining(
      "Alarm follower watches something else: dimensions changes.",
    ) as unknown;
    expect(await told("harmful")).toContainEqual(follower);
    expect(await told("harmless")).toEqual([]);
  });

  test("an alarm is missed, unless another one is on the same metric", async () => {
    const orphan = expect.stringContaining("Alarm orphan is deleted") as unknown;
    expect(await told("harmful")).toContainEqual(orphan);
    expect(twins("harmless")).toContain(
      "aws_cloudwatch_metric_alarm.orphan: aws_cloudwatch_metric_alarm.twin",
    );
  });

  test("an alarm in another's place is judged by what differs", async () => {
    const deafer = expect.stringContaining("The threshold of alarm deafer moves from 5 to 5000") as unknown;
    expect(await told("harmful")).toContainEqual(deafer);
    expect(twins("harmful")).toEqual([
      "aws_cloudwatch_metric_alarm.deafer: aws_cloudwatch_metric_alarm.deaf",
    ]);
  });

  test("a replaced alarm takes its own place", () => {
    expect(
      plans
        .get("harmless")
        ?.ofType("aws_cloudwatch_metric_alarm")
        .map(({ action }) => action),
    ).toContain("replace");
    expect(twins("harmless")).toContain(
      "aws_cloudwatch_metric_alarm.deafer: aws_cloudwatch_metric_alarm.deafer",
    );
  });
});
