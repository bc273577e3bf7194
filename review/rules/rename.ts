import { awsName } from "../plan/aws-name.ts";
import { oncePerPlan, type ResourceChange } from "../plan/plan.ts";
import { type Attributes, blockOf, canonicalForm, isAttributes, textOf, UNKNOWN } from "../plan/value.ts";
import { BLOCKED, type Rule } from "./rule.ts";

/** A resource that is deleted at one address and created at another. */
export interface Rename {
  readonly removed: ResourceChange;
  readonly added: ResourceChange;
}

/** A resource gets another address without a move: Terraform deletes it and creates another. */
export const rename: Rule = {
  name: "rename",
  finds: [
    {
      level: BLOCKED,
      what: "a resource is deleted at one address and created at another; with the code that makes it a move",
    },
  ],
  reason:
    "Terraform identifies a resource by its address. Without a move it deletes the resource at the old address and creates another at the new one: for a while neither exists, and the content is lost.",
  source: "https://developer.hashicorp.com/terraform/language/modules/develop/refactoring",
  check: (plan) =>
    findRenames(plan).map(({ removed, added }) => ({
      change: removed,
      level: BLOCKED,
      what: `${removed.address} is deleted and recreated as ${added.address}${added.path === undefined ? "" : ` (${added.path})`}.`,
      instead: describeMove(removed, added),
    })),
};

/** The pairs of a deleted and a created resource that have the same type and the same name in AWS. */
export const findRenames = oncePerPlan((plan): readonly Rename[] => {
  const added = plan.changes.filter(({ action }) => action === "create");
  if (added.length === 0) return [];
  const taken = new Set<ResourceChange>();
  return plan.changes.flatMap((removed) => {
    if (removed.action !== "delete" && removed.action !== "forget") return [];
    const match = added.find((candidate) => !taken.has(candidate) && isSameResource(removed, candidate));
    if (!match) return [];
    taken.add(match);
    return [{ removed, added: match }];
  });
});

function isSameResource(removed: ResourceChange, added: ResourceChange): boolean {
  if (removed.type !== added.type) return false;
  const [oldName, newName] = [nameOrTag(removed.before), nameOrTag(added.after)];
  if (oldName !== undefined || newName !== undefined) return oldName === newName;
  return isAlike(removed.before, added.after);
}

function nameOrTag(attributes: Attributes | undefined): string | undefined {
  const tags = attributes?.["tags"];
  return awsName(attributes) ?? (isAttributes(tags) ? textOf(tags, "Name") : undefined);
}

/** For a resource without a name: whether all known values of the new one equal the old ones, at least one text among them. */
function isAlike(before: Attributes | undefined, after: Attributes | undefined): boolean {
  if (!before || !after || blockOf(after, "timeouts")) return false;
  const known = Object.entries(after).filter(
    ([attribute, value]) => value !== UNKNOWN && canonicalForm(value) !== "" && attribute !== "tags_all",
  );
  return (
    known.some(([, value]) => typeof value === "string") &&
    known.every(([attribute, value]) => canonicalForm(before[attribute]) === canonicalForm(value))
  );
}

function describeMove(removed: ResourceChange, added: ResourceChange): string {
  const where = added.path === undefined ? "the resource's construct" : `the construct ${added.path}`;
  return (
    `Declare the move. In ${where}: resource.moveFromId("${removed.address}"). ` +
    `While the old construct is still in the code: call resource.moveTo("moved") on it and resource.addMoveTarget("moved") on the new one. ` +
    `In HCL: moved { from = ${removed.address}  to = ${added.address} }.`
  );
}
