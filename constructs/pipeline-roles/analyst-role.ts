import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { Construct } from "constructs";
import { bucketFolders } from "../../messaging/analytics/bucket-folders.ts";
import { serviceHost } from "../arn.ts";
import { allow, policyDocument, type Statement } from "../policy.ts";
import { bucketArn, catalogueArns, workgroupArn } from "./analytics-access.ts";
import { hasEnvironmentTag, type RoleScope } from "./role-scope.ts";

export interface AnalystRoleProps {
  readonly roleScope: RoleScope;
  /** ARNs of who may take the role. */
  readonly queriedBy: readonly string[];
}

/** The role that a person takes to query the exports, in the environment's workgroup. It reaches no table. */
export class AnalystRole extends Construct {
  constructor(scope: Construct, id: string, { roleScope, queriedBy }: AnalystRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "role", {
      name: roleScope.names.analystRole,
      description: "Queries the exports of the messages",
      assumeRolePolicy: policyDocument({
        Effect: "Allow",
        Principal: { AWS: queriedBy },
        Action: "sts:AssumeRole",
      }),
    });
    new IamRolePolicy(this, "policy", {
      name: "queries",
      role: role.name,
      policy: policyDocument(...queries(roleScope)),
    });
  }
}

/**
 * Permissions to query in the workgroup: Athena reads the catalogue and the exports, and writes the results, in the name of who
 * queries.
 * https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html
 */
const queries = (scope: RoleScope): Statement[] => [
  allow(
    "QueryInWorkgroup",
    [
      "athena:BatchGetNamedQuery",
      "athena:BatchGetQueryExecution",
      "athena:GetNamedQuery",
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:GetWorkGroup",
      "athena:ListNamedQueries",
      "athena:ListQueryExecutions",
      "athena:StartQueryExecution",
      "athena:StopQueryExecution",
    ],
    workgroupArn(scope),
  ),
  allow("ReadCatalogue", ["glue:GetDatabase", "glue:GetTable", "glue:GetTables"], catalogueArns(scope)),
  allow("ListBucket", ["s3:GetBucketLocation", "s3:ListBucket"], bucketArn(scope)),
  allow(
    "ReadExportsAndResults",
    ["s3:GetObject"],
    Object.values(bucketFolders).map((folder) => `${bucketArn(scope)}/${folder}*`),
  ),
  allow(
    "WriteResults",
    ["s3:AbortMultipartUpload", "s3:PutObject"],
    `${bucketArn(scope)}/${bucketFolders.results}*`,
  ),
  allow("UseKeyThroughS3", ["kms:Decrypt", "kms:GenerateDataKey"], `${scope.arn("kms")}:key/*`, {
    StringEquals: {
      ...hasEnvironmentTag(scope),
      "kms:ViaService": serviceHost("s3", scope.environment.region),
    },
  }),
];
