import { conditionsImply } from "./condition.ts";
import {
  actionCovers,
  type Condition,
  principalCovers,
  type Scope,
  scopeCovers,
  type Statement,
} from "./statement.ts";

/** An action on a resource for a principal that a policy allows and its former version didn't. */
export interface Widening {
  readonly kind: "allowed" | "no longer denied";
  /** A pattern from the policy, or "all but …"; likewise the next two. */
  readonly action: string;
  readonly resource: string;
  readonly principal: string;
  readonly conditions: readonly Condition[];
  /** Whether it was allowed before too, but under other conditions. */
  readonly wasAllowed: boolean;
}

/** How the text of `NotAction`, `NotResource` and `NotPrincipal` begins. */
export const ALL_BUT = "all but ";

/** What was found, by both policies: the rules and the report compare the same ones. */
const known = new WeakMap<readonly Statement[], WeakMap<readonly Statement[], Widening[]>>();

/**
 * Finds what `after` allows and `before` doesn't. The order, spelling and grouping of statements don't matter. If in
 * doubt whether `before` allows something, it counts as new.
 */
export function findWidenings(before: readonly Statement[], after: readonly Statement[]): Widening[] {
  const byAfter = known.get(before) ?? new WeakMap<readonly Statement[], Widening[]>();
  known.set(before, byAfter);
  const widenings = byAfter.get(after) ?? compare(before, after);
  byAfter.set(after, widenings);
  return widenings;
}

function compare(before: readonly Statement[], after: readonly Statement[]): Widening[] {
  const allowed = withEffect(before, "Allow");
  const denied = withEffect(after, "Deny");
  const deniedAlways = denied.filter(({ conditions }) => conditions.length === 0);
  return [
    ...withEffect(after, "Allow")
      .flatMap(split)
      .filter((statement) => !isCovered(statement, allowed) && !isCovered(statement, deniedAlways))
      .map((statement) => {
        const wasAllowed = isCovered(withoutConditions(statement), allowed.map(withoutConditions));
        return wideningOf("allowed", statement, wasAllowed);
      }),
    ...withEffect(before, "Deny")
      .flatMap(split)
      .filter((statement) => !isCovered(statement, denied))
      .map((statement) => wideningOf("no longer denied", statement, false)),
  ];
}

/** Whether two policies allow the same. */
export const areEquivalent = (one: readonly Statement[], other: readonly Statement[]): boolean =>
  findWidenings(one, other).length === 0 && findWidenings(other, one).length === 0;

const withEffect = (statements: readonly Statement[], effect: Statement["effect"]) =>
  statements.filter((statement) => statement.effect === effect);

const withoutConditions = (statement: Statement): Statement => ({ ...statement, conditions: [] });

/** Splits a statement into ones with a single action, resource and principal each. */
const split = (statement: Statement): Statement[] =>
  splitScope(statement.actions).flatMap((actions) =>
    splitScope(statement.resources).flatMap((resources) =>
      splitScope(statement.principals).map((principals) => ({
        ...statement,
        actions,
        resources,
        principals,
      })),
    ),
  );

const splitScope = (scope: Scope): readonly Scope[] =>
  scope.except ? [scope] : scope.patterns.map((pattern) => ({ except: false, patterns: [pattern] }));

/** Whether one of the statements applies to every request that `narrow` applies to. */
const isCovered = (narrow: Statement, statements: readonly Statement[]): boolean =>
  statements.some(
    (wide) =>
      scopeCovers(wide.resources, narrow.resources) &&
      scopeCovers(wide.actions, narrow.actions, actionCovers) &&
      scopeCovers(wide.principals, narrow.principals, principalCovers) &&
      conditionsImply(narrow.conditions, wide.conditions),
  );

const wideningOf = (kind: Widening["kind"], statement: Statement, wasAllowed: boolean): Widening => ({
  kind,
  action: formatScope(statement.actions),
  resource: formatScope(statement.resources),
  principal: formatScope(statement.principals),
  conditions: statement.conditions,
  wasAllowed,
});

const formatScope = ({ except, patterns }: Scope) => `${except ? ALL_BUT : ""}${patterns.join(", ")}`;
