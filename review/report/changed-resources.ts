import { awsName } from "../plan/aws-name.ts";
import type { ResourceChange } from "../plan/plan.ts";
import { type Attributes, textOf } from "../plan/value.ts";
import { tellingAttributes } from "./created.ts";
import { diffAttributes } from "./difference.ts";
import type { ChangedResource, Difference, ReviewDocument } from "./document.ts";

/** The number of resources by what happens to them. */
export function countActions(changes: readonly ResourceChange[]): ReviewDocument["summary"] {
  const summary: Record<string, number> = {};
  for (const { action } of changes) {
    const name = action === "no-op" ? "unchanged" : action;
    summary[name] = (summary[name] ?? 0) + 1;
  }
  return summary;
}

/** The number of resources as `terraform plan` counts them. */
export function countAsTerraform(changes: readonly ResourceChange[]): ReviewDocument["counts"] {
  const changed = changes.filter(({ action }) => action !== "no-op");
  const count = (word: string) => changed.filter(({ words }) => words.includes(word)).length;
  return {
    add: count("create"),
    change: count("update"),
    destroy: count("delete"),
    import: changed.filter(({ isImported }) => isImported).length,
    forget: count("forget"),
  };
}

/** What is deleted, also for a replacement. */
export const destroyedResources = (changes: readonly ResourceChange[]): ReviewDocument["destroyed"] =>
  changes.filter(({ action }) => action === "delete" || action === "replace").map(destroyedResource);

const nameOrId = (attributes: Attributes | undefined) => awsName(attributes) ?? textOf(attributes, "id");

function destroyedResource({ address, type, before }: ResourceChange): ReviewDocument["destroyed"][number] {
  const name = nameOrId(before);
  return { address, type, ...(name !== undefined && { name }) };
}

/** What happens to a resource, with the attributes that differ. */
export function changedResource(change: ResourceChange): ChangedResource {
  const { address, path, type, action, previousAddress, forcedBy } = change;
  const isMove = previousAddress !== undefined && previousAddress !== address;
  return {
    address,
    ...(path !== undefined && { path }),
    type,
    action: action as ChangedResource["action"],
    ...(isMove && { previousAddress }),
    ...(forcedBy.length > 0 && { forcedBy: [...forcedBy] }),
    differences: differencesOf(change),
  };
}

function differencesOf({ before, after }: ResourceChange): Difference[] {
  if (before && after) return diffAttributes(before, after);
  if (after) return tellingAttributes(after);
  const name = nameOrId(before);
  return name === undefined ? [] : [{ attribute: "name", kind: "removed", before: JSON.stringify(name) }];
}
