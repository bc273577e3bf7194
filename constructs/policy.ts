import { accessPatterns, type AccessPattern, type Grant } from "../messaging/access-patterns.ts";
import type { TableName } from "../messaging/tables.ts";

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A statement of a role's trust policy, which applies to the role itself. */
type TrustStatement = Omit<Statement, "Sid" | "Resource">;

/** The ARNs of a table and of its indexes. */
export interface TableArns {
  readonly arn: string;
  indexArn(index: string): string;
}

/** Formats an IAM policy as JSON. */
export const policyDocument = (...statements: readonly (Statement | TrustStatement)[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** A statement that allows actions on resources. */
export const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: Statement["Resource"],
  Condition?: Statement["Condition"],
): Statement => ({ Sid, Effect: "Allow", Action, Resource, ...(Condition && { Condition }) });

/** A statement of a resource's policy that denies actions to everyone. */
export const denyEveryone = (
  Sid: string,
  Action: Statement["Action"],
  Resource: Statement["Resource"],
  Condition?: Statement["Condition"],
): Statement => ({ Sid, Effect: "Deny", Principal: "*", Action, Resource, ...(Condition && { Condition }) });

/** A statement of a resource's policy that denies every access without TLS. */
export const denyWithoutTls = (service: "s3" | "sqs", Resource: Statement["Resource"]) =>
  denyEveryone("TlsOnly", `${service}:*`, Resource, { Bool: { "aws:SecureTransport": "false" } });

/** The statements that allow access patterns, with one statement per table and per index. */
export function statementsFor(
  patterns: readonly AccessPattern[],
  tables: Readonly<Record<TableName, TableArns>>,
): Statement[] {
  const bySid = new Map<string, { actions: readonly string[]; resource: string }>();
  const grants = patterns.flatMap((pattern): readonly Grant[] => accessPatterns[pattern]);
  for (const { table, index, actions } of grants) {
    const sid = `${pascal(table)}${index ? pascal(index) : "Table"}`;
    const resource = index ? tables[table].indexArn(index) : tables[table].arn;
    bySid.set(sid, { actions: [...(bySid.get(sid)?.actions ?? []), ...actions], resource });
  }
  return [...bySid]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([sid, { actions, resource }]) => allow(sid, [...new Set(actions)].sort(), resource));
}

/** "security-group" as in a statement's id: "SecurityGroup". */
export const pascal = (name: string) =>
  name.replaceAll(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase());
