import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import {
  about,
  findLoss,
  mayUse,
  type Permission,
  permissionsIn,
  type PolicyVersions,
} from "../policy/loss.ts";
import { ALLOW_ALL, type Statement } from "../policy/statement.ts";
import { DESTINATION, isDataAction, SOURCE, type Use, USES } from "../policy/uses.ts";
import { isInVpc, wiringOf } from "./functions.ts";
import {
  boundariesOf,
  directlyFor,
  endpointPolicies,
  forRole,
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

/** A function, its role and all policies that say what it may do. */
interface Permitted {
  readonly fn: ResourceChange;
  readonly role: RoleVersions;
  /** The identity policies of the role. */
  readonly own: readonly RolePolicy[];
}

/** Finds what functions of a plan are no longer allowed, by policies of any kind. */
export function lossesIn(plan: Plan): (permitted: Permitted) => Loss[] {
  const resources = resourcePolicies(plan);
  const changed = resources.filter((policy) => !isKept(policy));
  const endpoints = endpointPolicies(plan).filter((policy) => !isKept(policy));
  const gone = goneIn(plan);

  return ({ fn, role, own }) => {
    const boundaries = boundariesOf(role, plan).filter((policy) => !isKept(policy));
    const isSame = role.before === role.after && own.every(isKept);
    if (isSame && [changed, endpoints, boundaries].every(({ length }) => length === 0)) return [];
    const arn = textOf(fn.before, "role") ?? "";
    const [wired, willBeWired] = [wiringOf(fn, plan, "before"), wiringOf(fn, plan, "after")];
    return USES.flatMap((use) => permissionsFor(use).flatMap((permission) => findIn(permission, use)));

    function permissionsFor(use: Use): Permission[] {
      const written = permissionsIn(
        own.flatMap(({ before }) => before),
        use.actions,
      );
      const known = [
        ...changed.map(({ target }) => target),
        ...(use === SOURCE ? wired.sources : []),
        ...(use === DESTINATION ? wired.destinations : []),
      ].flatMap((resource) => permissionsIn(everythingOn(resource), use.actions));
      const all = [...written, ...known].filter((permission) => isStillNeeded(permission, use));
      return [...new Map(all.map((one) => [`${one.action} ${one.resource}`, one])).values()];
    }

    function isStillNeeded({ resource }: Permission, use: Use): boolean {
      if (gone.some((whole) => isPartOf(resource, whole))) return false;
      if (use === SOURCE && wired.sources.length > 0)
        return (
          willBeWired.sources.includes(resource) || (/[*?]/.test(resource) && willBeWired.sources.length > 0)
        );
      const { destinations } = willBeWired;
      return use !== DESTINATION || !wired.destinations.includes(resource) || destinations.includes(resource);
    }

    function findIn(permission: Permission, use: Use): Loss | Loss[] {
      const granting = [
        ...own,
        ...resources
          .filter(({ target }) => isPartOf(permission.resource, target))
          .map((policy) => ({ ...policy, ...mapped(policy, (statements) => directlyFor(arn, statements)) })),
      ];
      const granted = {
        before: granting.flatMap(({ before }) => before),
        after: granting.flatMap(({ after }) => after),
      };
      const how = findLoss(permission, granted);
      if (how) {
        const cause = granting.find((policy) => isChangedFor(permission, policy))?.change ?? fn;
        return { ...permission, change: cause, how, use };
      }
      if (!mayUse(permission, granted.before)) return [];
      const limits = [...boundaries, ...keyPolicies(permission), ...endpointsFor(permission)];
      return limits
        .map((limit) => ({ ...permission, change: limit.change, how: findLoss(permission, limit), use }))
        .filter((loss): loss is Loss => loss.how !== undefined)
        .slice(0, 1);
    }

    /** The policies of the key, without which no other policy allows its use. */
    const keyPolicies = ({ action, resource }: Permission) =>
      changed
        .filter(({ target }) => action.startsWith("kms:") && isPartOf(resource, target))
        .map((policy) => ({ ...policy, ...mapped(policy, (statements) => forRole(arn, statements)) }));

    /** The policies of the endpoints that the function's calls pass through. */
    const endpointsFor = ({ action }: Permission) =>
      endpoints
        .filter(({ target }) => isInVpc(fn) && isDataAction(action) && target.endsWith(".dynamodb"))
        .map((policy) => ({ ...policy, ...mapped(policy, (statements) => forRole(arn, statements)) }));
  };
}

const mapped = (
  { before, after }: PolicyVersions,
  map: (statements: readonly Statement[]) => readonly Statement[],
): PolicyVersions => ({ before: map(before), after: map(after) });

const isChangedFor = (permission: Permission, { before, after }: PolicyVersions) =>
  JSON.stringify(about(permission, before)) !== JSON.stringify(about(permission, after));

/** A statement that allows everything on a resource. */
const everythingOn = (resource: string): Statement[] =>
  ALLOW_ALL.map((all) => ({ ...all, resources: { except: false, patterns: [resource] } }));

const isPartOf = (arn: string, whole: string) =>
  arn === whole || (/^[/:]/.test(arn.slice(whole.length)) && arn.startsWith(whole));

/** The ARNs of what the plan deletes, and of the streams that it turns off. */
const goneIn = (plan: Plan): string[] =>
  plan.changes.flatMap(({ action, before, after }) => {
    if (action === "delete") return textOf(before, "arn") ?? [];
    return after?.["stream_enabled"] === false ? (textOf(before, "stream_arn") ?? []) : [];
  });
