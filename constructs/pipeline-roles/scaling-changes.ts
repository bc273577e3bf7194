import { hasEnvironmentTag, makeServiceLinkedRole, type RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

const ofDynamodb = { "application-autoscaling:service-namespace": "dynamodb" };

/**
 * Permissions to scale the capacity of tables: to register scalable targets with the environment's tag, and to change
 * those that have it.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
 */
export function scalingChanges(scope: RoleScope): Statement[] {
  const { environment, names, arn } = scope;
  const targets = `${arn("application-autoscaling")}:scalable-target/*`;
  const environmentTag = hasEnvironmentTag(scope);
  return [
    allow("MakeScalableTarget", ["application-autoscaling:RegisterScalableTarget"], targets, {
      StringEquals: { ...ofDynamodb, "aws:RequestTag/environment": environment.name },
    }),
    allow(
      "ChangeScaling",
      [
        "application-autoscaling:DeleteScalingPolicy",
        "application-autoscaling:DeleteScheduledAction",
        "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:PutScalingPolicy",
        "application-autoscaling:PutScheduledAction",
        "application-autoscaling:RegisterScalableTarget",
      ],
      targets,
      { StringEquals: { ...ofDynamodb, ...environmentTag } },
    ),
    allow(
      "TagScalableTarget",
      ["application-autoscaling:TagResource", "application-autoscaling:UntagResource"],
      targets,
      { StringEquals: environmentTag },
    ),
    // Whoever registers a target needs what the service then does:
    // https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
    allow(
      "ChangeAlarmsOfScaler",
      ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"],
      Object.values(names.tables).map((table) => `${arn("cloudwatch")}:alarm:TargetTracking-table/${table}*`),
    ),
    makeServiceLinkedRole(
      "MakeRoleOfScaler",
      "dynamodb.application-autoscaling.amazonaws.com",
      "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
      scope,
    ),
  ];
}
