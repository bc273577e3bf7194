import { Fn } from "cdktf";
import { accessPatterns, type AccessPattern, type Grant } from "../messaging/access-patterns.ts";
import type { TableName } from "../messaging/tables.ts";
import type { Table } from "./table.ts";

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Formats an IAM policy as JSON. */
export const policyDocument = (...statements: readonly Statement[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** A statement that allows actions on resources. */
export const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: string | readonly string[],
  Condition?: Statement["Condition"],
): Statement => ({ Sid, Effect: "Allow", Action, Resource, ...(Condition && { Condition }) });

/** The statements that allow access patterns, with one statement per table and per index. */
export function statementsFor(
  patterns: readonly AccessPattern[],
  tables: Readonly<Record<TableName, Table>>,
): Statement[] {
  const actions = new Map<string, Set<string>>();
  const targets = new Map<string, Grant>();
  for (const grant of patterns.flatMap((pattern): readonly Grant[] => accessPatterns[pattern])) {
    const sid = `${pascal(grant.table)}${grant.index ? pascal(grant.index) : "Table"}`;
    targets.set(sid, grant);
    actions.set(sid, new Set([...(actions.get(sid) ?? []), ...grant.actions]));
  }
  return [...targets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Sid, { table, index }]) => ({
      Sid,
      Effect: "Allow",
      Action: [...(actions.get(Sid) ?? [])].sort(),
      Resource: index ? tables[table].indexArn(index) : tables[table].arn,
    }));
}

/** The account id in an ARN. */
export const accountOf = (arn: string): string => Fn.element(Fn.split(":", arn), 4) as string;

const pascal = (name: string) =>
  name
    .split("-")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
