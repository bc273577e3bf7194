import type { TableName } from "../../messaging/tables.ts";
import { replicaRegions } from "../../config/replica-regions.ts";
import { arnPrefix } from "../arn.ts";
import { allow, type Statement } from "../policy.ts";
import { keyChanges } from "./key-changes.ts";
import { DESCRIBE_KEY, makeServiceLinkedRole, type RoleScope } from "./role-scope.ts";

/** Permissions that a plan needs in the replicas' regions: to describe the replicas and their keys. */
export const replicaReads = (scope: RoleScope): Statement[] => [
  allow(
    "DescribeReplicas",
    [
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeTable",
      "dynamodb:GetResourcePolicy",
      "dynamodb:ListTagsOfResource",
    ],
    replicaArns(scope),
  ),
  allow(
    "DescribeReplicaKeys",
    DESCRIBE_KEY,
    replicaRegions(scope.environment).map((region) => `${arnPrefix("kms", region, scope.account)}:key/*`),
  ),
];

/**
 * Permissions to change the replicas and their keys. In a protected environment they don't allow to delete replicas or keys.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html
 */
export function replicaChanges(scope: RoleScope): Statement[] {
  const { environment } = scope;
  const replicas = replicaArns(scope);
  const changesPolicy = Object.values(environment.tables).some(
    ({ readers, deletionOnlyByDeployRole }) => readers ?? deletionOnlyByDeployRole,
  );
  return [
    allow(
      "ChangeReplicas",
      [
        "dynamodb:CreateTable",
        "dynamodb:CreateTableReplica",
        ...(environment.protected ? [] : ["dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"]),
        ...(changesPolicy ? ["dynamodb:DeleteResourcePolicy", "dynamodb:PutResourcePolicy"] : []),
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
      ],
      replicas,
    ),
    // DynamoDB demands them of who adds a replica.
    allow(
      "FillReplicas",
      [
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
      ],
      replicas,
    ),
    makeServiceLinkedRole(
      "MakeReplicationRole",
      "replication.dynamodb.amazonaws.com",
      "AWSServiceRoleForDynamoDBReplication",
      scope,
    ),
    ...keyChanges(scope, replicaRegions(environment)),
  ];
}

/** Of each table in the regions where it has a replica; in former regions, any table may still have one. */
const replicaArns = ({ environment, names, account }: RoleScope): string[] =>
  (Object.keys(names.tables) as TableName[]).flatMap((table) => {
    const alone = { ...environment, tables: { [table]: environment.tables[table] } };
    return replicaRegions(alone).map(
      (region) => `${arnPrefix("dynamodb", region, account)}:table/${names.tables[table]}`,
    );
  });
