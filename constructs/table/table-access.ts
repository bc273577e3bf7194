import { DynamodbResourcePolicy } from "@cdktf/provider-aws/lib/dynamodb-resource-policy/index.js";
import type { TerraformProvider } from "cdktf";
import { Construct } from "constructs";
import { allow, denyEveryone, policyDocument, type Statement, type TableArns } from "../policy.ts";

export interface TableAccessProps {
  readonly table: TableArns;
  readonly indexes: readonly string[];
  /** ARNs of roles, users or accounts that may read the table and its indexes. */
  readonly readers: readonly string[];
  /** ARN of the only role that may delete the table. Default: the account's own policies decide. */
  readonly onlyDeletedBy?: string | undefined;
  /** Of the table's region. Default: the stack's provider. */
  readonly provider?: TerraformProvider | undefined;
}

/**
 * The policy of a table, or of a replica: each has its own.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
 */
export class TableAccess extends Construct {
  constructor(scope: Construct, id: string, props: TableAccessProps) {
    super(scope, id);
    const { table, indexes, readers, onlyDeletedBy, provider } = props;
    const resources = [table.arn, ...indexes.map((index) => table.indexArn(index))];
    const statements = [
      ...(readers.length === 0 ? [] : [allowPrincipals("Read", readers, READ, resources)]),
      ...(onlyDeletedBy === undefined ? [] : [denyDeletion(table.arn, onlyDeletedBy)]),
    ];
    if (statements.length === 0) return;
    new DynamodbResourcePolicy(this, "policy", {
      ...(provider && { provider }),
      resourceArn: table.arn,
      policy: policyDocument(...statements),
    });
  }
}

/** Adds the policy of a table's stream, for its readers. */
export const addStreamAccess = (scope: Construct, id: string, arn: string, readers: readonly string[]) =>
  new DynamodbResourcePolicy(scope, id, {
    resourceArn: arn,
    policy: policyDocument(allowPrincipals("ReadStream", readers, READ_STREAM, arn)),
  });

const READ = [
  "dynamodb:BatchGetItem",
  "dynamodb:DescribeTable",
  "dynamodb:GetItem",
  "dynamodb:Query",
  "dynamodb:Scan",
];

const READ_STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];

const allowPrincipals = (
  sid: string,
  principals: readonly string[],
  actions: readonly string[],
  resources: Statement["Resource"],
): Statement => ({ ...allow(sid, actions, resources), Principal: { AWS: principals } });

/**
 * Of a session of a role, `aws:PrincipalArn` is the role. DynamoDB itself deletes nothing for its replication.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
const denyDeletion = (tableArn: string, role: string): Statement =>
  denyEveryone("DeleteByDeployRoleOnly", ["dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"], tableArn, {
    ArnNotEquals: { "aws:PrincipalArn": role },
  });
