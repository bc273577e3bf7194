import { awsName } from "../plan/aws-name.ts";
import type { ResourceChange } from "../plan/plan.ts";

/** The name of the resource in AWS, else its address. */
export const nameOf = ({ before, after, address }: ResourceChange): string =>
  awsName(before) ?? awsName(after) ?? address;

/** The end of a sentence that says which attributes force a replacement; empty if none does. */
export const forcedBy = (change: ResourceChange): string =>
  change.forcedBy.length === 0
    ? ""
    : `, because ${[...change.forcedBy].sort().join(", ")} can't be updated in place`;

/** "deleted", or "replaced" with the attributes that force it. */
export const deletedOrReplaced = (change: ResourceChange): string =>
  change.action === "delete" ? "deleted" : `replaced${forcedBy(change)}`;

/** Whether a resource is deleted, replaced or removed from the state. */
export const isRemoved = ({ action }: ResourceChange): boolean =>
  action === "delete" || action === "replace" || action === "forget";
