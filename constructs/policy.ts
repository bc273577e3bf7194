import { Fn } from "cdktf";
import { accessPatterns, type AccessPattern, type Grant } from "../messaging/access-patterns.ts";
import type { TableName } from "../messaging/tables.ts";
import type { Table } from "./table.ts";

/** One statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A policy as the JSON that AWS takes. */
export const policyDocument = (...statements: readonly Statement[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** A statement that allows actions on resources, under a condition or without one. */
export const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: string | readonly string[],
  Condition?: Statement["Condition"],
): Statement => ({ Sid, Effect: "Allow", Action, Resource, ...(Condition && { Condition }) });

/** What the access patterns need, each action on exactly the tables and indexes that it is needed on. */
export function statementsFor(
  patterns: readonly AccessPattern[],
  tables: Readonly<Record<TableName, Table>>,
): Statement[] {
  const actions = new Map<string, Set<string>>();
  const target = new Map<string, Grant>();
  for (const grant of patterns.flatMap((pattern): readonly Grant[] => accessPatterns[pattern])) {
    const sid = `${pascal(grant.table)}${grant.index ? pascal(grant.index) : "Table"}`;
    target.set(sid, grant);
    actions.set(sid, new Set([...(actions.get(sid) ?? []), ...grant.actions]));
  }
  return [...target]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Sid, { table, index }]) => ({
      Sid,
      Effect: "Allow",
      Action: [...(actions.get(Sid) ?? [])].sort(),
      Resource: index ? tables[table].indexArn(index) : tables[table].arn,
    }));
}

/** The account that a resource is in, read from its ARN. */
export const accountOf = (arn: string): string => Fn.element(Fn.split(":", arn), 4) as string;

const pascal = (name: string) =>
  name
    .split("-")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
