import { policyArn } from "../arn.ts";
import type { ExportResources } from "../analytics/export-permissions.ts";
import { allow, type Statement } from "../policy.ts";
import { changeAndName } from "./key-changes.ts";
import { roleChanges } from "./role-changes.ts";
import { DESCRIBE_BUCKET, DESCRIBE_ROLE, type RoleScope } from "./role-scope.ts";

/** Permissions that a plan needs, and the status: to describe the bucket, the schedule, the catalogue and the workgroup. */
export const analyticsReads = (scope: RoleScope): Statement[] => {
  const { names, arn } = scope;
  return [
    allow(
      "DescribeExportsBucket",
      [...DESCRIBE_BUCKET, "s3:GetBucketNotification", "s3:ListBucket"],
      bucketArn(scope),
    ),
    allow(
      "DescribeCompletedExports",
      ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"],
      `${arn("sqs")}:${names.completedExports}`,
    ),
    allow("DescribeExportRole", DESCRIBE_ROLE, `${arn("iam")}:role/${names.tableExport}`),
    allow("DescribeSchedule", ["scheduler:GetSchedule"], scheduleArn(scope)),
    allow(
      "DescribeCatalogue",
      ["glue:GetDatabase", "glue:GetPartitionIndexes", "glue:GetTable", "glue:GetTags"],
      catalogueArns(scope),
    ),
    allow(
      "DescribeWorkgroup",
      ["athena:GetNamedQuery", "athena:GetWorkGroup", "athena:ListTagsForResource"],
      workgroupArn(scope),
    ),
    allow("DescribeExports", ["dynamodb:DescribeExport"], `${messagesArn(scope)}/export/*`),
    // It supports no narrower resource.
    allow("ListExports", ["dynamodb:ListExports"], "*"),
  ];
};

/** Permissions to change all that. In a protected environment, they allow to delete neither an export nor the bucket. */
export function analyticsChanges(scope: RoleScope): Statement[] {
  const { environment, names, account, arn } = scope;
  return [
    allow("ChangeExportsBucket", CHANGE_BUCKET, bucketArn(scope)),
    ...(environment.protected
      ? []
      : [
          allow("DeleteExportsBucket", ["s3:DeleteBucket", "s3:ListBucketVersions"], bucketArn(scope)),
          allow("DeleteExports", ["s3:DeleteObject", "s3:DeleteObjectVersion"], `${bucketArn(scope)}/*`),
        ]),
    ...changeAndName("AnalyticsKey", names.analyticsKeyAlias, scope, [environment.region]),
    allow(
      "ChangeCompletedExports",
      ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"],
      `${arn("sqs")}:${names.completedExports}`,
    ),
    ...roleChanges("ExportRole", names.tableExport, "scheduler.amazonaws.com", {
      ...scope,
      boundaryArn: policyArn(names.exportBoundary, environment.region, account),
    }),
    allow(
      "ChangeSchedule",
      ["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"],
      scheduleArn(scope),
    ),
    allow(
      "ChangeCatalogue",
      [
        "glue:CreateDatabase",
        "glue:CreateTable",
        "glue:DeleteDatabase",
        "glue:DeleteTable",
        "glue:TagResource",
        "glue:UntagResource",
        "glue:UpdateDatabase",
        "glue:UpdateTable",
      ],
      catalogueArns(scope),
    ),
    allow(
      "ChangeWorkgroup",
      [
        "athena:CreateNamedQuery",
        "athena:CreateWorkGroup",
        "athena:DeleteNamedQuery",
        "athena:DeleteWorkGroup",
        "athena:TagResource",
        "athena:UntagResource",
        "athena:UpdateWorkGroup",
      ],
      workgroupArn(scope),
    ),
  ];
}

/** What the export uses, for the permissions boundary: a key has no ARN before it is made. */
export const exportResources = (scope: RoleScope): ExportResources => ({
  region: scope.environment.region,
  tableArn: messagesArn(scope),
  bucketArn: bucketArn(scope),
  keyArn: `${scope.arn("kms")}:key/*`,
});

/** ARN of the bucket of the exports. */
export const bucketArn = ({ environment, arn }: RoleScope): string =>
  `arn:${arn("s3").split(":")[1] ?? ""}:s3:::${environment.analytics?.bucket ?? ""}`;

/** ARN of the workgroup. */
export const workgroupArn = ({ names, arn }: RoleScope): string =>
  `${arn("athena")}:workgroup/${names.analyticsWorkgroup}`;

/** ARNs of the catalogue, of the database in it and of its tables. */
export const catalogueArns = ({ names, arn }: RoleScope): string[] =>
  ["catalog", `database/${names.analyticsDatabase}`, `table/${names.analyticsDatabase}/*`].map(
    (resource) => `${arn("glue")}:${resource}`,
  );

const messagesArn = ({ names, arn }: RoleScope) => `${arn("dynamodb")}:table/${names.tables.messages}`;

const scheduleArn = ({ names, arn }: RoleScope) =>
  `${arn("scheduler")}:schedule/default/${names.tableExport}`;

const CHANGE_BUCKET = [
  "s3:CreateBucket",
  "s3:DeleteBucketPolicy",
  "s3:PutBucketNotification",
  "s3:PutBucketOwnershipControls",
  "s3:PutBucketPolicy",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutBucketTagging",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
];
