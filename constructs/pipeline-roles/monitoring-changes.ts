import { alarmNamePrefixes } from "../../config/names.ts";
import { dashboardArn } from "../arn.ts";
import { makeServiceLinkedRole, type RoleScope, tableArns } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/** The alarms of an environment: of its function, its tables and the account, and the composite alarm. */
export const alarmArns = ({ names, arn }: RoleScope): string[] =>
  [...alarmNamePrefixes(names).map((prefix) => `${prefix}*`), names.illAlarm].map(
    (name) => `${arn("cloudwatch")}:alarm:${name}`,
  );

/** The topic of the alarms. Actions on its subscriptions name it, too. */
export const topicArn = ({ names, arn }: RoleScope): string => `${arn("sns")}:${names.alarmTopic}`;

/** Permissions to change alarms, who is told of them, the dashboard and Contributor Insights. */
export function monitoringChanges(scope: RoleScope): Statement[] {
  const { environment, names, account, arn } = scope;
  return [
    allow(
      "ChangeAlarms",
      [
        "cloudwatch:DeleteAlarms",
        "cloudwatch:PutCompositeAlarm",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ],
      alarmArns(scope),
    ),
    allow(
      "ChangeTopic",
      [
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:SetSubscriptionAttributes",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
        "sns:TagResource",
        "sns:Unsubscribe",
        "sns:UntagResource",
      ],
      topicArn(scope),
    ),
    // Which key it names, and all else of the topic's key, the permissions for keys decide.
    allow(
      "NameTopicKey",
      ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      `${arn("kms")}:${names.alarmKeyAlias}`,
    ),
    allow(
      "ChangeDashboard",
      ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"],
      dashboardArn(names.dashboard, environment.region, account),
    ),
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Contributor_Insights_IAM.html
    allow(
      "ChangeContributorInsights",
      ["dynamodb:UpdateContributorInsights"],
      tableArns(scope).flatMap((table) => [table, `${table}/index/*`]),
    ),
    makeServiceLinkedRole(
      "CreateRoleOfContributorInsights",
      "contributorinsights.dynamodb.amazonaws.com",
      "AWSServiceRoleForDynamoDBCloudWatchContributorInsights",
      scope,
    ),
  ];
}
