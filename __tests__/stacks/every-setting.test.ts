import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { planFromStacks } from "../../review/plan/plan.ts";
import type { StackPlan } from "../../terraform/plan-environment.ts";
import { DeployedEnvironment } from "../review/deployed-environment.ts";
import {
  everythingLiteral,
  nothingLiteral,
  type OptionalSetting,
  optionalSettings,
  withSettingOf,
} from "../support/everything.ts";
import { topicArn } from "../support/everything-alarmed.ts";
import { actionsOf } from "../support/plan-actions.ts";
import { describeWith } from "../support/requirements.ts";

/** Deploying nothing and everything takes two minutes on a machine of its own, and so do the plans. */
const PATIENCE = 1_800_000;

const actionsIn = (plan: StackPlan | undefined) =>
  actionsOf(planFromStacks(plan ? [plan] : [])).map((done) => done.replace("aws_", ""));

const all = (action: string, ...types: readonly string[]) => types.map((type) => `${type} ${action}`);
const SCALING = ["appautoscaling_policy", "appautoscaling_scheduled_action", "appautoscaling_target"];
const KEY = ["kms_alias", "kms_key", "kms_key_policy"];
const BACKUPS = [
  "backup_plan",
  "backup_selection",
  "backup_vault",
  "backup_vault_lock_configuration",
  "cloudwatch_metric_alarm",
  "iam_role",
  "iam_role_policy",
];
const CACHE = [
  "dax_cluster",
  "dax_parameter_group",
  "dax_subnet_group",
  "iam_role",
  "iam_role_policy",
  "security_group",
  "vpc_security_group_egress_rule",
  "vpc_security_group_ingress_rule",
  "cloudwatch_metric_alarm",
];
const ANALYTICS = [
  "athena_named_query",
  "athena_workgroup",
  "cloudwatch_metric_alarm",
  "glue_catalog_database",
  "glue_catalog_table",
  "iam_role",
  "iam_role_policy",
  "s3_bucket",
  "s3_bucket_lifecycle_configuration",
  "s3_bucket_notification",
  "s3_bucket_ownership_controls",
  "s3_bucket_policy",
  "s3_bucket_public_access_block",
  "s3_bucket_server_side_encryption_configuration",
  "scheduler_schedule",
  "sqs_queue",
];
const TOPIC = ["sns_topic", "sns_topic_policy", "sns_topic_subscription"];

/** What is planned when a setting alone is turned on where nothing is, and when it alone is turned off where all are. */
const expected: Readonly<
  Record<OptionalSetting, { readonly on: readonly string[]; readonly off: readonly string[] }>
> = {
  "tables.messages.billing": {
    on: all("create", ...SCALING),
    // The maximum, in the dashboard and in the alarm of consumed capacity.
    off: [...all("delete", ...SCALING), ...all("update", "cloudwatch_dashboard", "cloudwatch_metric_alarm")],
  },
  "tables.messages.tableClass": { on: ["dynamodb_table update"], off: ["dynamodb_table update"] },
  "tables.messages.timeToLiveAttribute": { on: ["dynamodb_table update"], off: ["dynamodb_table update"] },
  "tables.messages.contributorInsights": {
    on: ["dynamodb_contributor_insights create"],
    off: ["dynamodb_contributor_insights delete"],
  },
  "tables.messages.readers": {
    on: ["dynamodb_resource_policy create", "kms_key_policy update"],
    // The policy still denies deletion.
    off: ["dynamodb_resource_policy update", "kms_key_policy update"],
  },
  "tables.messages.streamReaders": {
    on: ["dynamodb_resource_policy create", "kms_key_policy update"],
    off: ["dynamodb_resource_policy delete", "kms_key_policy update"],
  },
  "tables.messages.deletionOnlyByDeployRole": {
    on: ["dynamodb_resource_policy create"],
    off: ["dynamodb_resource_policy update"],
  },
  "tables.users.billing": {
    on: ["dynamodb_table update"],
    off: all("update", "cloudwatch_dashboard", "cloudwatch_metric_alarm", "dynamodb_table"),
  },
  "tables.users.replicas": {
    // The table gets a stream.
    on: ["dynamodb_table update", ...all("create", "dynamodb_table_replica", ...KEY)],
    off: [
      ...all("update", "cloudwatch_composite_alarm", "cloudwatch_dashboard", "dynamodb_table"),
      ...all("delete", "cloudwatch_metric_alarm", "dynamodb_table_replica", ...KEY),
    ],
  },
  "monitoring.dashboard": { on: ["cloudwatch_dashboard create"], off: ["cloudwatch_dashboard delete"] },
  "monitoring.inboxMetrics": {
    on: ["cloudwatch_log_metric_filter create"],
    off: ["cloudwatch_dashboard update", "cloudwatch_log_metric_filter delete"],
  },
  backups: {
    on: all("create", ...BACKUPS, ...KEY),
    off: ["cloudwatch_dashboard update", ...all("delete", ...BACKUPS, ...KEY)],
  },
  cache: {
    on: all("create", ...CACHE),
    off: ["cloudwatch_dashboard update", ...all("delete", ...CACHE)],
  },
  analytics: {
    on: all("create", ...ANALYTICS, ...KEY),
    off: ["cloudwatch_dashboard update", ...all("delete", ...ANALYTICS, ...KEY)],
  },
  alarms: {
    on: [
      ...all("update", "cloudwatch_composite_alarm", "cloudwatch_metric_alarm"),
      ...all("create", "cloudwatch_metric_alarm", ...KEY, ...TOPIC),
    ],
    off: [
      ...all("update", "cloudwatch_composite_alarm", "cloudwatch_dashboard", "cloudwatch_metric_alarm"),
      ...all("delete", "cloudwatch_metric_alarm", ...KEY, ...TOPIC),
    ],
  },
};

describeWith(["terraform", "python"], "every setting that can be off, on a deployed environment", () => {
  let deployed: DeployedEnvironment;
  const plans = { on: new Map<string, StackPlan>(), off: new Map<string, StackPlan>() };

  beforeAll(async () => {
    deployed = await DeployedEnvironment.deploy(nothingLiteral);
    const planEach = async (
      to: typeof everythingLiteral,
      from: typeof everythingLiteral,
      kept: typeof plans.on,
    ) => {
      for (const setting of optionalSettings)
        kept.set(setting, await deployed.plan({ literal: withSettingOf(to, setting, from) }));
    };
    await planEach(everythingLiteral, nothingLiteral, plans.on);
    await deployed.deploy(everythingLiteral);
    await planEach(nothingLiteral, everythingLiteral, plans.off);
  }, PATIENCE);
  afterAll(async () => {
    await deployed.stop();
  });

  test.each(optionalSettings)("%s: its plan does just that, and replaces nothing", (setting) => {
    const { on, off } = expected[setting];
    expect(actionsIn(plans.on.get(setting))).toEqual([...on].sort());
    expect(actionsIn(plans.off.get(setting))).toEqual([...off].sort());
  });

  test(
    "a cache that is changed is updated, and one of other nodes is replaced, with what is made of its nodes",
    async () => {
      const { cache } = everythingLiteral;
      if (!cache) throw new Error("everything has a cache");
      const planned = async (change: Partial<typeof cache>) =>
        actionsIn(await deployed.plan({ literal: { ...everythingLiteral, cache: { ...cache, ...change } } }));
      expect(
        await planned({
          itemSeconds: 30,
          maintenanceWindow: "tue:04:00-tue:05:00",
          notifyTopicArn: topicArn("other"),
        }),
      ).toEqual(["dax_cluster update", "dax_parameter_group update"]);
      expect(await planned({ nodes: 4, clientSecurityGroupIds: undefined })).toEqual([
        "cloudwatch_dashboard update",
        "cloudwatch_metric_alarm create",
        "dax_cluster update",
        "vpc_security_group_ingress_rule delete",
      ]);
      expect(await planned({ nodeType: "dax.r5.large" })).toEqual(["dax_cluster replace"]);
    },
    PATIENCE,
  );

  test(
    "a backup plan that is changed is updated, and a lock is replaced by another, both alone",
    async () => {
      const { backups } = everythingLiteral;
      const { daily } = backups?.rules ?? {};
      if (!backups || !daily) throw new Error("everything has backups");
      const rules = { ...backups.rules, daily: { ...daily, keepDays: 60 } };
      const planned = async (changed: typeof backups) =>
        actionsIn(await deployed.plan({ literal: { ...everythingLiteral, backups: changed } }));
      expect(await planned({ ...backups, rules })).toEqual(["backup_plan update"]);
      const lock = { minimumDays: 14, maximumDays: 400 };
      expect(await planned({ ...backups, lock })).toEqual(["backup_vault_lock_configuration replace"]);
    },
    PATIENCE,
  );

  test(
    "with everything on, the plan afterwards is empty",
    async () => {
      expect(actionsIn(await deployed.plan({}, true))).toEqual([]);
    },
    PATIENCE,
  );
});
