import { restoredPrefix } from "../../config/names.ts";
import { allow, type Statement } from "../policy.ts";
import { hasEnvironmentTag, type RoleScope } from "./role-scope.ts";

/** What shows the settings of a table. */
export const DESCRIBE_TABLE = [
  "dynamodb:DescribeContinuousBackups",
  "dynamodb:DescribeContributorInsights",
  "dynamodb:DescribeTable",
  "dynamodb:DescribeTimeToLive",
  "dynamodb:ListTagsOfResource",
];

/** What changes the settings of a table, or deletes it. */
export const CHANGE_TABLE = [
  "dynamodb:DeleteTable",
  "dynamodb:TagResource",
  "dynamodb:UpdateContinuousBackups",
  "dynamodb:UpdateContributorInsights",
  "dynamodb:UpdateTable",
  "dynamodb:UpdateTimeToLive",
];

/** The restored copies of the environment's tables. */
export const restoredTableArns = ({ names, arn }: RoleScope): string[] =>
  Object.values(names.ownTables).map((table) => `${arn("dynamodb")}:table/${restoredPrefix(table)}*`);

/** Permissions to set on restored tables what their settings say, and to remove such a table with all that it got. */
export function restoredSettings(scope: RoleScope): Statement[] {
  const restored = restoredTableArns(scope);
  return [
    allow("ChangeRestored", [...DESCRIBE_TABLE, ...CHANGE_TABLE], restored),
    allow(
      "ChangeInsightsOfIndexes",
      ["dynamodb:DescribeContributorInsights", "dynamodb:UpdateContributorInsights"],
      restored.map((table) => `${table}/index/*`),
    ),
    alarmsOfRestored(scope),
    ...scalingOfRestored(scope),
    allow(
      "List",
      [
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingPolicies",
        "application-autoscaling:DescribeScheduledActions",
        "cloudwatch:DescribeAlarms",
        "dynamodb:ListTables",
        "kms:ListAliases",
      ],
      "*",
    ),
  ];
}

const alarmsOfRestored = ({ names, arn }: RoleScope): Statement =>
  allow(
    "ChangeAlarmsOfRestored",
    [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
    ],
    `${arn("cloudwatch")}:alarm:${restoredPrefix(`${names.tableAlarm}*`)}*`,
  );

/** Who registers a target needs what the scaler then does: https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html */
function scalingOfRestored(scope: RoleScope): Statement[] {
  const { environment, names, arn } = scope;
  const isScaled = Object.values(environment.tables).some(({ billing }) => billing.mode === "autoscaled");
  if (!isScaled) return [];
  const targets = `${arn("application-autoscaling")}:scalable-target/*`;
  const ofDynamodb = { "application-autoscaling:service-namespace": "dynamodb" };
  return [
    allow("MakeScalableTarget", ["application-autoscaling:RegisterScalableTarget"], targets, {
      StringEquals: { ...ofDynamodb, "aws:RequestTag/environment": environment.name },
    }),
    allow(
      "ChangeScaling",
      [
        "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:ListTagsForResource",
        "application-autoscaling:PutScalingPolicy",
        "application-autoscaling:PutScheduledAction",
        "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:TagResource",
      ],
      targets,
      { StringEquals: hasEnvironmentTag(scope) },
    ),
    allow(
      "ChangeAlarmsOfScaler",
      ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"],
      Object.values(names.ownTables).map(
        (table) => `${arn("cloudwatch")}:alarm:TargetTracking-table/${restoredPrefix(table)}*`,
      ),
    ),
  ];
}
