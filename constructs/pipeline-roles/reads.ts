import { stateBucketKeys } from "../../config/names.ts";
import { dashboardArn } from "../arn.ts";
import { allow, type Statement } from "../policy.ts";
import { alarmArns, topicArn } from "./monitoring-changes.ts";
import {
  DESCRIBE_BUCKET,
  DESCRIBE_KEY,
  DESCRIBE_ROLE,
  OIDC_HOST,
  type RoleScope,
  tableArns,
} from "./role-scope.ts";

/**
 * Permissions that a plan needs: to read the state, the releases and their evidence, and to describe each resource. They
 * don't allow to write anything, to read table items or to decrypt with the tables' key.
 */
export function reads(roleScope: RoleScope): Statement[] {
  const { stateBucketArn, stateKeyArn } = roleScope;
  return [
    allow("ListState", ["s3:ListBucket"], stateBucketArn),
    allow(
      "ReadState",
      ["s3:GetObject"],
      [`${stateBucketArn}/${stateBucketKeys.messaging}`, `${stateBucketArn}/${stateBucketKeys.releases}*`],
    ),
    allow("DecryptState", ["kms:Decrypt", "kms:DescribeKey"], stateKeyArn),
    ...describeByName(roleScope),
    ...describeAll(roleScope),
  ];
}

/**
 * Permissions to read the state bucket, the pipeline roles and their policies. A review also plans the bootstrap stack; a deployment
 * doesn't.
 */
export function bootstrapReads({
  environment,
  names,
  arn,
  boundaryArn,
  stateBucketArn,
}: RoleScope): Statement[] {
  const statements = [
    allow("ReadBootstrapState", ["s3:GetObject"], `${stateBucketArn}/${stateBucketKeys.bootstrap}`),
    allow("DescribeBucket", DESCRIBE_BUCKET, stateBucketArn),
    allow(
      "DescribePipelineRoles",
      DESCRIBE_ROLE,
      [
        names.planRole,
        names.deployRole,
        ...(environment.restore ? [names.restoreRole, names.drillRole] : []),
        ...(environment.analytics ? [names.analystRole] : []),
      ].map((name) => `${arn("iam")}:role/${name}`),
    ),
    allow(
      "DescribePolicies",
      ["iam:GetPolicy", "iam:GetPolicyVersion"],
      [
        boundaryArn,
        ...(environment.analytics ? [`${arn("iam")}:policy/${names.exportBoundary}`] : []),
        ...[names.pipelinePolicy, ...(environment.restore ? [names.restorePolicy] : [])].map(
          (name) => `${arn("iam")}:policy/${name}*`,
        ),
      ],
    ),
  ];
  if (environment.pipeline?.identityProvider !== "existing")
    statements.push(
      allow(
        "DescribeIdentityProvider",
        ["iam:GetOpenIDConnectProvider"],
        `${arn("iam")}:oidc-provider/${OIDC_HOST}`,
      ),
    );
  return statements;
}

function describeByName(scope: RoleScope): Statement[] {
  const { environment, names, account, arn } = scope;
  const { region } = environment;
  const tables = tableArns(scope);
  return [
    allow(
      "DescribeTables",
      [
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeContributorInsights",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:ListTagsOfResource",
      ],
      tables,
    ),
    allow(
      "DescribeTablePolicies",
      ["dynamodb:GetResourcePolicy"],
      [...tables, ...tables.map((table) => `${table}/stream/*`)],
    ),
    allow(
      "DescribeInsightsOfIndexes",
      ["dynamodb:DescribeContributorInsights"],
      tables.map((table) => `${table}/index/*`),
    ),
    allow(
      "DescribeFunction",
      [
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionConfiguration",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
      ],
      `${arn("lambda")}:function:${names.streamFunction}`,
    ),
    allow("DescribeRole", DESCRIBE_ROLE, `${arn("iam")}:role/${names.streamFunctionRole}`),
    allow(
      "DescribeQueue",
      ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"],
      `${arn("sqs")}:${names.deadLetterQueue}`,
    ),
    allow("DescribeLogTags", ["logs:ListTagsForResource"], `${arn("logs")}:log-group:${names.logGroup}`),
    allow("DescribeAlarmTags", ["cloudwatch:ListTagsForResource"], alarmArns(scope)),
    allow("DescribeDashboard", ["cloudwatch:GetDashboard"], dashboardArn(names.dashboard, region, account)),
    allow(
      "DescribeMetricFilters",
      ["logs:DescribeMetricFilters"],
      [`${arn("logs")}:log-group:${names.logGroup}`, `${arn("logs")}:log-group:${names.logGroup}:*`],
    ),
    allow(
      "DescribeTopic",
      ["sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource"],
      topicArn(scope),
    ),
  ];
}

/** Resources with ids that AWS assigns, and actions that support no narrower resource. */
function describeAll({ arn }: RoleScope): Statement[] {
  return [
    allow("DescribeLogGroups", ["logs:DescribeLogGroups"], `${arn("logs")}:log-group:*`),
    allow(
      "DescribeMappings",
      ["lambda:GetEventSourceMapping", "lambda:ListTags"],
      `${arn("lambda")}:event-source-mapping:*`,
    ),
    allow("DescribeKeys", DESCRIBE_KEY, `${arn("kms")}:key/*`),
    allow(
      "DescribeScalingTags",
      ["application-autoscaling:ListTagsForResource"],
      `${arn("application-autoscaling")}:scalable-target/*`,
    ),
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    allow("DescribeVpcAttributes", ["ec2:DescribeVpcAttribute"], `${arn("ec2")}:vpc/*`),
    allow(
      "DescribeAndList",
      [
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingPolicies",
        "application-autoscaling:DescribeScheduledActions",
        // With a narrower resource, it shows no composite alarm:
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        "cloudwatch:DescribeAlarms",
        // The status of the environment.
        "cloudwatch:GetMetricData",
        "cloudwatch:ListDashboards",
        "dynamodb:ListTables",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribePrefixLists",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
        "kms:ListAliases",
        // Find what an interrupted deployment left, by tag and by the invoked function.
        "lambda:ListEventSourceMappings",
        "tag:GetResources",
      ],
      "*",
    ),
  ];
}
