import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import { about, findLoss, mayUse, type Permission, type PolicyVersions } from "../policy/loss.ts";
import type { Statement } from "../policy/statement.ts";
import { isDataAction, type Use, USES } from "../policy/uses.ts";
import { goneIn, isInVpc, isPartOf, neededFor } from "./functions.ts";
import {
  boundariesOf,
  directlyFor,
  endpointPolicies,
  forRole,
  type ResourcePolicy,
  resourcePolicies,
} from "./resource-policies.ts";
import { isKept, type RolePolicy, type RoleVersions } from "./role-policies.ts";

/** A permission that a function loses, by the change of which resource. */
export interface Loss extends Permission {
  readonly change: ResourceChange;
  /** "conditional" if it is only under conditions that weren't there before. */
  readonly how: "lost" | "conditional";
  readonly use: Use;
}

/** A function, and the policies of its role. */
export interface Permitted {
  readonly fn: ResourceChange;
  readonly role: RoleVersions;
  /** The identity policies of the role. */
  readonly own: readonly RolePolicy[];
}

/** What a plan says of other things than roles that permissions depend on. */
export interface Surroundings {
  readonly resources: readonly ResourcePolicy[];
  /** Of these, the ones that change. */
  readonly changed: readonly ResourcePolicy[];
  /** The endpoints whose policies change. */
  readonly endpoints: readonly ResourcePolicy[];
  /** The ARNs of what isn't there any more. */
  readonly gone: readonly string[];
}

/** Reads what the permissions of all functions of a plan depend on. */
export function surroundingsIn(plan: Plan): Surroundings {
  const resources = resourcePolicies(plan);
  return {
    resources,
    changed: resources.filter((policy) => !isKept(policy)),
    endpoints: endpointPolicies(plan).filter((policy) => !isKept(policy)),
    gone: goneIn(plan),
  };
}

/** Finds what a function is no longer allowed, by policies of any kind. */
export function findLosses(permitted: Permitted, surroundings: Surroundings, plan: Plan): Loss[] {
  const { fn, role, own } = permitted;
  const { changed, endpoints, gone } = surroundings;
  const boundaries = boundariesOf(role, plan).filter((policy) => !isKept(policy));
  const isSame = role.before === role.after && own.every(isKept);
  if (isSame && changed.length + endpoints.length + boundaries.length === 0) return [];
  const targets = changed.map(({ target }) => target);
  const needed = neededFor(fn, before(own), targets, plan);
  return USES.flatMap((use) => {
    const permissions = needed(use)
      .filter(({ resource }) => !gone.some((whole) => isPartOf(resource, whole)))
      .map((permission) => ({ ...permission, grants: grantsOf(permission, permitted, surroundings) }))
      .filter((permission) => mayUse(permission, before(permission.grants)));
    const losses = permissions.flatMap((permission) => {
      const limits = [...boundaries, ...limitsOf(permission, fn, surroundings)];
      return findOne(permission, limits, permitted) ?? [];
    });
    return losses
      .filter((loss) => loss.isNamed || isWhole(loss, losses, permissions))
      .map((loss) => ({ ...loss, use }));
  });
}

/** Whether a use of a resource is lost as a whole. Naming the actions that were allowed by a wildcard is no loss. */
const isWhole = (
  { resource }: Permission,
  losses: readonly Permission[],
  permissions: readonly Permission[],
): boolean =>
  permissions.every(
    (one) =>
      one.resource !== resource ||
      losses.some((loss) => loss.action === one.action && loss.resource === resource),
  );

/** A permission, and the policies that may grant it. */
interface Granted extends Permission {
  readonly grants: readonly RolePolicy[];
}

/** Finds out whether a permission is lost: no policy grants it any more, or one doesn't let it pass. */
function findOne(
  granted: Granted,
  limits: readonly RolePolicy[],
  { fn, role }: Permitted,
): Omit<Loss, "use"> | undefined {
  const { grants, ...permission } = granted;
  const how = findLoss(permission, { before: before(grants), after: grants.flatMap(({ after }) => after) });
  if (how) {
    const cause = grants.find((grant) => isChangedFor(permission, grant))?.change;
    return { ...permission, change: role.before === role.after && cause ? cause : fn, how };
  }
  for (const limit of limits) {
    const limited = findLoss(permission, limit);
    if (limited) return { ...permission, change: limit.change, how: limited };
  }
  return undefined;
}

const before = (policies: readonly RolePolicy[]) => policies.flatMap((policy) => policy.before);

/** The policies that may grant a permission: those of the role, and that of the resource. */
const grantsOf = ({ resource }: Permission, { fn, own }: Permitted, { resources }: Surroundings) => [
  ...own,
  ...resources
    .filter(({ target }) => isPartOf(resource, target))
    .map((policy) => withStatements(policy, (statements) => directlyFor(roleArn(fn), statements))),
];

/** The policies without which no other one grants it: that of its key, and those of the endpoints on its way. */
const limitsOf = (
  { action, resource }: Permission,
  fn: ResourceChange,
  { changed, endpoints }: Surroundings,
) =>
  [
    ...changed.filter(({ target }) => action.startsWith("kms:") && isPartOf(resource, target)),
    ...endpoints.filter(({ target }) => isInVpc(fn) && isDataAction(action) && target.endsWith(".dynamodb")),
  ].map((policy) => withStatements(policy, (statements) => forRole(roleArn(fn), statements)));

const roleArn = ({ before }: ResourceChange) => textOf(before, "role") ?? "";

const withStatements = (
  policy: ResourcePolicy,
  map: (statements: readonly Statement[]) => readonly Statement[],
): RolePolicy => ({ change: policy.change, before: map(policy.before), after: map(policy.after) });

const isChangedFor = (permission: Permission, { before, after }: PolicyVersions) =>
  JSON.stringify(about(permission, before)) !== JSON.stringify(about(permission, after));
