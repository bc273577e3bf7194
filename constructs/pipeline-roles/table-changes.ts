import { CANARY_PREFIX } from "../../messaging/canary.ts";
import { INBOX_PREFIX, MESSAGE_PREFIX } from "../../messaging/items.ts";
import { keyChanges, makeKey } from "./key-changes.ts";
import { type RoleScope, tableArns } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/**
 * Permissions to change the tables and their key, and to send the smoke test's canaries. In a protected environment they
 * don't allow to delete tables or keys.
 */
export const tableChanges = (scope: RoleScope): Statement[] => [
  ...changesOfTables(scope),
  ...changesOfTablePolicies(scope),
  makeKey(scope),
  ...keyChanges(scope, [scope.environment.region]),
];

function changesOfTables(scope: RoleScope): Statement[] {
  const { environment, names, arn } = scope;
  const canaries = [MESSAGE_PREFIX, INBOX_PREFIX].map((prefix) => `${prefix}${CANARY_PREFIX}*`);
  return [
    allow(
      "ChangeTables",
      [
        "dynamodb:CreateTable",
        ...(environment.protected ? [] : ["dynamodb:DeleteTable"]),
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateTimeToLive",
      ],
      tableArns(scope),
    ),
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    allow(
      "SendCanaries",
      ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"],
      `${arn("dynamodb")}:table/${names.tables.messages}`,
      { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": canaries } },
    ),
  ];
}

/** Who may change a table's policy can let anybody read the table, so it is allowed where tables have one. */
function changesOfTablePolicies(scope: RoleScope): Statement[] {
  const havePolicy = Object.values(scope.environment.tables).some(
    ({ readers, streamReaders, deletionOnlyByDeployRole }) =>
      readers ?? streamReaders ?? deletionOnlyByDeployRole,
  );
  if (!havePolicy) return [];
  const tables = tableArns(scope);
  return [
    allow(
      "ChangeTablePolicies",
      ["dynamodb:DeleteResourcePolicy", "dynamodb:PutResourcePolicy"],
      [...tables, ...tables.map((table) => `${table}/stream/*`)],
    ),
  ];
}
