import { conditionsImply } from "./condition.ts";
import { actionCovers, principalCovers, type Scope, scopeCovers, type Statement } from "./statement.ts";

/** One thing that a policy allows and its predecessor didn't. */
export interface Widening {
  readonly kind: "allowed" | "no longer denied";
  /** A pattern as the policy has it, or "all but …". */
  readonly action: string;
  readonly resource: string;
  readonly principal: string;
  readonly conditioned: boolean;
  /** Whether it was allowed before, but under other conditions. */
  readonly loosened: boolean;
}

/**
 * What `after` allows beyond `before`, piece by piece: an action on a resource for a principal. Compared is what
 * they allow, so order, spelling and how statements are divided don't count. What can't be shown to be within
 * `before` counts as beyond it.
 */
export function findWidenings(before: readonly Statement[], after: readonly Statement[]): Widening[] {
  return [
    ...pieces(after, "Allow")
      .filter((piece) => isNewlyAllowed(piece, before, after))
      .map((piece) => widening("allowed", piece, wasConditioned(before, piece))),
    ...pieces(before, "Deny")
      .filter((piece) => isNoLongerDenied(piece, after))
      .map((piece) => widening("no longer denied", piece, false)),
  ];
}

/** Whether two policies allow the same. */
export const areEquivalent = (one: readonly Statement[], other: readonly Statement[]): boolean =>
  !isWider(one, other) && !isWider(other, one);

const isWider = (before: readonly Statement[], after: readonly Statement[]): boolean =>
  pieces(after, "Allow").some((piece) => isNewlyAllowed(piece, before, after)) ||
  pieces(before, "Deny").some((piece) => isNoLongerDenied(piece, after));

const isNewlyAllowed = (
  piece: Statement,
  before: readonly Statement[],
  after: readonly Statement[],
): boolean =>
  !before.some((statement) => statement.effect === "Allow" && within(statement, piece)) &&
  !after.some(
    (statement) =>
      statement.effect === "Deny" && statement.conditions.length === 0 && within(statement, piece),
  );

const isNoLongerDenied = (piece: Statement, after: readonly Statement[]): boolean =>
  !after.some((statement) => statement.effect === "Deny" && within(statement, piece));

/** A statement with one action, one resource and one principal. */
function pieces(statements: readonly Statement[], effect: Statement["effect"]): Statement[] {
  return statements
    .filter((statement) => statement.effect === effect)
    .flatMap((statement) =>
      single(statement.actions).flatMap((actions) =>
        single(statement.resources).flatMap((resources) =>
          single(statement.principals).map((principals) => ({
            ...statement,
            actions,
            resources,
            principals,
          })),
        ),
      ),
    );
}

const single = (scope: Scope): readonly Scope[] =>
  scope.except ? [scope] : scope.patterns.map((pattern) => ({ except: false, patterns: [pattern] }));

/** Whether the statement speaks of all that the piece speaks of: for a Deny as for an Allow. */
const within = (statement: Statement, piece: Statement): boolean =>
  scopeCovers(statement.resources, piece.resources) &&
  scopeCovers(statement.actions, piece.actions, actionCovers) &&
  scopeCovers(statement.principals, piece.principals, principalCovers) &&
  conditionsImply(piece.conditions, statement.conditions);

const wasConditioned = (before: readonly Statement[], piece: Statement): boolean =>
  before.some(
    (statement) =>
      statement.effect === "Allow" && within({ ...statement, conditions: [] }, { ...piece, conditions: [] }),
  );

function widening(kind: Widening["kind"], piece: Statement, loosened: boolean): Widening {
  return {
    kind,
    action: shown(piece.actions),
    resource: shown(piece.resources),
    principal: shown(piece.principals),
    conditioned: piece.conditions.length > 0,
    loosened,
  };
}

const shown = ({ except, patterns }: Scope) =>
  except ? `all but ${patterns.join(", ")}` : patterns.join(", ");
