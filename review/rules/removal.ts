import { groupBy } from "../plan/group-by.ts";
import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, isAttributes, textOf, type Value } from "../plan/value.ts";
import { CARE, type Found, type Levels, type RuleFinding } from "./rule.ts";
import { capitalized } from "./setting.ts";
import { nameOf } from "./wording.ts";

/** To what a resource belongs. */
export interface Owner {
  /** The attribute of the resource that names its owner, or a map with the name among its values. */
  readonly attribute: string;
  /** The types that the owner may have. */
  readonly types: readonly string[];
}

/** An owner of one of these types, named by an attribute. */
export const of = (attribute: string, ...types: readonly string[]): Owner => ({ attribute, types });

/** Resources whose deletion does harm, though they hold no data. */
export interface HarmfulRemoval {
  readonly types: readonly string[];
  /** What is deleted, as the subject of a sentence: "the alarm". */
  readonly is: string;
  /** What follows; ends a sentence: "nobody is told when …". */
  readonly then: string;
  /** To what it belongs: if that is deleted too, there is nothing to say. Default: to nothing. */
  readonly of?: Owner;
  readonly level: Levels;
  readonly instead: string;
}

/** What is found in the resources that are deleted. Give it a plan in which twins are paired. */
export const checkRemovals = (plan: Plan, removals: readonly HarmfulRemoval[]): RuleFinding[] =>
  removals.flatMap(({ types, is, then, of: owner, level, instead }) =>
    plan
      .ofType(...types)
      .filter((change) => change.action === "delete" && !(owner && isDeletedWith(change, owner, plan)))
      .map((change) => ({
        change,
        level,
        what: `${capitalized(is)} ${nameOf(change)} is deleted: ${then}.`,
        instead,
      })),
  );

const isDeletedWith = (change: ResourceChange, owner: Owner, plan: Plan) =>
  ownersOf(change, owner, plan).some(({ action }) => action === "delete");

/**
 * What `finds` of a rule says of these removals: one case for each level.
 * @param what a sentence's part such as "an alarm is deleted", without the types.
 */
export const findsOfRemovals = (what: string, removals: readonly HarmfulRemoval[]): Found[] =>
  [...groupBy(removals, ({ level }) => JSON.stringify(level)).values()].map((group) => ({
    level: group[0]?.level ?? CARE,
    what: `${what} (${group.flatMap(({ types }) => types.map((type) => `\`${type}\``)).join(", ")})`,
  }));

/** The attributes by which other resources name one. */
const NAMES = [
  "id",
  "arn",
  "arn_suffix",
  "bucket",
  "cluster_id",
  "cluster_identifier",
  "function_name",
  "identifier",
  "name",
];

/** What a resource belonged to before, among the resources of the plan. */
export function ownersOf(change: ResourceChange, owner: Owner, plan: Plan): ResourceChange[] {
  const value = change.before?.[owner.attribute];
  const names: readonly (Value | undefined)[] = (isAttributes(value) ? Object.values(value) : [value]).filter(
    (name) => typeof name === "string" && name !== "",
  );
  const isNamed = (other: Attributes | undefined) =>
    NAMES.some((attribute) => names.includes(textOf(other, attribute) ?? ""));
  return plan.ofType(...owner.types).filter(({ before }) => isNamed(before));
}
