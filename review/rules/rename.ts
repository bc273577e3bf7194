import type { Plan, ResourceChange } from "../plan/plan.ts";
import { BLOCKED, type Rule } from "./rule.ts";
import { type Attributes, blockOf, canonicalForm, isAttributes, textOf, UNKNOWN } from "../plan/value.ts";

/** A resource that goes in one place of the code and comes in another. */
export interface Rename {
  readonly removed: ResourceChange;
  readonly added: ResourceChange;
}

/** Another address for the same thing: Terraform takes it for two, deletes one and makes the other. */
export const rename: Rule = {
  name: "rename",
  reason:
    "Terraform knows a resource by its address alone: without a move it deletes the one and makes the other, with a time in which there is neither, and what was in it is lost.",
  source: "https://developer.hashicorp.com/terraform/language/modules/develop/refactoring",
  check: (plan) =>
    findRenames(plan).map(({ removed, added }) => ({
      change: removed,
      level: BLOCKED,
      what: `${removed.address} is deleted, and the same is made anew as ${added.address}${added.path === undefined ? "" : ` (${added.path})`}.`,
      instead: moveOf(removed, added),
    })),
};

/** The pairs of a deleted and a created resource that have the same type and the same name in AWS. */
export function findRenames(plan: Plan): readonly Rename[] {
  const added = plan.changes.filter(({ action }) => action === "create");
  if (added.length === 0) return [];
  const taken = new Set<ResourceChange>();
  return plan.changes.flatMap((removed) => {
    if (removed.action !== "delete" && removed.action !== "forget") return [];
    const match = added.find((candidate) => !taken.has(candidate) && isSameThing(removed, candidate));
    if (!match) return [];
    taken.add(match);
    return [{ removed, added: match }];
  });
}

function isSameThing(removed: ResourceChange, added: ResourceChange): boolean {
  if (removed.type !== added.type) return false;
  const [old, renewed] = [identity(removed.before), identity(added.after)];
  if (old !== undefined || renewed !== undefined) return old === renewed;
  return isAlike(removed.before, added.after);
}

/** What AWS or people know it by. */
const NAMES = ["name", "function_name", "bucket", "alarm_name", "queue_name", "cluster_name", "policy_name"];

function identity(attributes: Attributes | undefined): string | undefined {
  const name = NAMES.map((attribute) => textOf(attributes, attribute)).find((text) => text !== undefined);
  const tags = attributes?.["tags"];
  return name ?? (isAttributes(tags) ? textOf(tags, "Name") : undefined);
}

/** Nothing names it: it is the same when all that the new one already knows is as it was, and that is not nothing. */
function isAlike(before: Attributes | undefined, after: Attributes | undefined): boolean {
  if (!before || !after || blockOf(after, "timeouts")) return false;
  const known = Object.entries(after).filter(
    ([attribute, value]) => value !== UNKNOWN && canonicalForm(value) !== "" && attribute !== "tags_all",
  );
  const telling = known.filter(([, value]) => typeof value === "string");
  return (
    telling.length > 0 &&
    known.every(([attribute, value]) => canonicalForm(before[attribute]) === canonicalForm(value))
  );
}

function moveOf(removed: ResourceChange, added: ResourceChange): string {
  const where = added.path === undefined ? "the resource's construct" : `the construct ${added.path}`;
  return (
    `Say that it moved. In ${where}: resource.moveFromId("${removed.address}"). ` +
    `While the old construct is still in the code: its resource.moveTo("moved"), and the new one's resource.addMoveTarget("moved"). ` +
    `In HCL: moved { from = ${removed.address}  to = ${added.address} }.`
  );
}
