import { patternCovers, patternsOverlap } from "./pattern.ts";
import { actionCovers, type Scope, scopeCovers, type Statement } from "./statement.ts";
import { findWidenings } from "./widening.ts";

/** An action on a resource; the resource may have wildcards. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Whether its action is written in full, and so probably needed. */
  readonly isNamed: boolean;
}

/** The statements of one or more policies before and after a change. */
export interface PolicyVersions {
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
}

/**
 * Finds out whether a permission is lost: wholly, or under conditions that there weren't before. A permission on a
 * resource with wildcards is lost only if nothing of it is left, since naming the resources is no loss.
 * @returns undefined if it isn't lost, or wasn't there.
 */
export function findLoss(
  permission: Permission,
  { before, after }: PolicyVersions,
): "lost" | "conditional" | undefined {
  const [had, has] = [before, after].map((statements) => about(permission, statements));
  if (!had || !has || !isAllowed(had)) return undefined;
  if (!isAllowed(has)) return "lost";
  return findWidenings(has, had).length > 0 ? "conditional" : undefined;
}

/** Whether the statements allow it, be it under conditions. */
export const mayUse = (permission: Permission, statements: readonly Statement[]): boolean =>
  isAllowed(about(permission, statements));

/** Whether there is an Allow, be it under conditions, and no unconditional Deny. */
const isAllowed = (statements: readonly Statement[]) =>
  statements.some(({ effect }) => effect === "Allow") &&
  !statements.some(({ effect, conditions }) => effect === "Deny" && conditions.length === 0);

/** The statements that apply to the permission, narrowed to it. */
export const about = ({ action, resource }: Permission, statements: readonly Statement[]): Statement[] =>
  statements
    .filter(
      ({ effect, actions, resources }) =>
        scopeCovers(actions, only(action), actionCovers) &&
        (scopeCovers(resources, only(resource)) || (effect === "Allow" && includesSome(resources, resource))),
    )
    .map((statement) => ({
      ...statement,
      actions: only(action),
      resources: only(resource),
      principals: only("*"),
    }));

const only = (pattern: string): Scope => ({ except: false, patterns: [pattern] });

/** Whether a scope contains some of the resources that a pattern matches. */
const includesSome = ({ except, patterns }: Scope, resource: string) =>
  /[*?]/.test(resource) &&
  (except
    ? !patterns.some((excluded) => patternCovers(excluded, resource))
    : patterns.some((pattern) => patternsOverlap(pattern, resource)));

/** The permissions for these actions that the statements give, on the resources as they write them. */
export const permissionsIn = (statements: readonly Statement[], actions: readonly string[]): Permission[] =>
  statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) => {
      const resources = statement.resources.except ? ["*"] : statement.resources.patterns;
      return actions
        .filter((action) => scopeCovers(statement.actions, only(action), actionCovers))
        .flatMap((action) => {
          const isNamed = statement.actions.patterns.some(
            (one) => one.toLowerCase() === action.toLowerCase(),
          );
          return resources
            .filter((resource) => mayBeOf(action, resource))
            .map((resource) => ({ action, resource, isNamed }));
        });
    });

/** Whether an ARN may be of the service of an action. */
const mayBeOf = (action: string, arn: string) =>
  patternsOverlap(arn.split(":")[2] ?? "*", action.split(":")[0] ?? "");
