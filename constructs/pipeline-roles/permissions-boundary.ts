import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { Construct } from "constructs";
import type { TableName } from "../../messaging/tables.ts";
import { exportPermissions } from "../analytics/export-permissions.ts";
import { backupPermissions } from "../backup/backup-permissions.ts";
import { cachePermissions } from "../cache/cache-permissions.ts";
import { policyDocument, type Statement, type TableArns } from "../policy.ts";
import {
  codePermissions,
  fromTheFunction,
  lambdaPermissions,
  type StreamFunctionResources,
} from "../stream-function/permissions.ts";
import { exportResources } from "./analytics-access.ts";
import { backupResources } from "./backup-access.ts";
import { hasEnvironmentTag, type RoleScope } from "./role-scope.ts";

/**
 * The most that any role of the messaging stack can ever do, whatever policies it has; the export's role has a boundary of
 * its own. The deploy role may make a role only with its boundary, and can't change that.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export class PermissionsBoundary extends Construct {
  constructor(scope: Construct, id: string, roleScope: RoleScope) {
    super(scope, id);
    new IamPolicy(this, "policy", {
      name: roleScope.names.permissionsBoundary,
      description: "The most that roles of the messaging stack can do",
      policy: policyDocument(...boundaryStatements(roleScope)),
    });
    // One of its own: together they would be longer than a policy may be.
    if (roleScope.environment.analytics)
      new IamPolicy(this, "export-policy", {
        name: roleScope.names.exportBoundary,
        description: "The most that the role of the daily export can do",
        policy: policyDocument(...withOwnKeys(exportPermissions(exportResources(roleScope)), roleScope)),
      });
  }
}

/**
 * What the stream function's role is allowed, with two conditions more. Who assumes the role from elsewhere, because its
 * trust policy was changed, reaches no table; and without an id of the tables' key, its tag says that it is ours.
 */
function boundaryStatements(scope: RoleScope): Statement[] {
  const resources = streamFunctionResources(scope);
  return [
    ...codePermissions(resources).map((statement) => withCondition(statement, fromTheFunction(resources))),
    ...lambdaPermissions(resources).map((statement) =>
      statement.Resource === resources.encryptionKeyArn
        ? withCondition(statement, { StringEquals: hasEnvironmentTag(scope) })
        : statement,
    ),
    ...(scope.environment.backups ? ofAwsBackup(scope) : []),
    ...(scope.environment.cache ? ofCache(scope) : []),
  ];
}

const ofAwsBackup = (scope: RoleScope): Statement[] =>
  withOwnKeys(backupPermissions(backupResources(scope)), scope);

function ofCache(scope: RoleScope): Statement[] {
  const { tables, encryptionKeyArn } = streamFunctionResources(scope);
  const resources = { region: scope.environment.region, tables, tableKeyArn: encryptionKeyArn };
  return withOwnKeys(cachePermissions(resources), scope);
}

/** What a role is allowed, with the condition that the keys are of this environment. */
const withOwnKeys = (statements: readonly Statement[], scope: RoleScope): Statement[] =>
  statements.map((statement) =>
    [statement.Action].flat().some((action) => action.startsWith("kms:"))
      ? withCondition(statement, { StringEquals: hasEnvironmentTag(scope) })
      : statement,
  );

function streamFunctionResources({ environment, names, account, arn }: RoleScope): StreamFunctionResources {
  const table = (name: TableName): TableArns => {
    const tableArn = `${arn("dynamodb")}:table/${names.tables[name]}`;
    return { arn: tableArn, indexArn: (index) => `${tableArn}/index/${index}` };
  };
  const tables = { messages: table("messages"), users: table("users") };
  return {
    functionName: names.streamFunction,
    region: environment.region,
    account,
    tables,
    streamArn: `${tables.messages.arn}/stream/*`,
    logGroupArn: `${arn("logs")}:log-group:${names.logGroup}`,
    deadLetterQueueArn: `${arn("sqs")}:${names.deadLetterQueue}`,
    encryptionKeyArn: `${arn("kms")}:key/*`,
  };
}

function withCondition(statement: Statement, added: NonNullable<Statement["Condition"]>): Statement {
  const { Condition = {} } = statement;
  const operators = [...new Set([...Object.keys(Condition), ...Object.keys(added)])];
  return {
    ...statement,
    Condition: Object.fromEntries(
      operators.map((operator) => [operator, { ...Condition[operator], ...added[operator] }]),
    ),
  };
}
