import type { ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";

/** The name of the resource in AWS, else its address. */
export const nameOf = ({ before, after, address }: ResourceChange): string =>
  textOf(before, "name") ?? textOf(after, "name") ?? address;

/** The end of a sentence that says which attributes force a replacement; empty if none does. */
export const forcedBy = (change: ResourceChange): string =>
  change.forcedBy.length === 0
    ? ""
    : `, because ${[...change.forcedBy].sort().join(", ")} can't be updated in place`;

/** "deleted", or "replaced" with the attributes that force it. */
export const deletedOrReplaced = (change: ResourceChange): string =>
  change.action === "delete" ? "deleted" : `replaced${forcedBy(change)}`;
