import type { ResourceChange } from "../plan/plan.ts";
import { type Attributes, textOf } from "../plan/value.ts";

/** The attributes that name a resource in AWS. */
const NAMES = [
  "name",
  "function_name",
  "bucket",
  "alarm_name",
  "queue_name",
  "policy_name",
  "repository_name",
  "cluster_name",
  "domain_name",
  "identifier",
  "cluster_identifier",
  "replication_group_id",
];

/** The name of a resource in AWS; undefined if its attributes say none. */
export const nameIn = (attributes: Attributes | undefined): string | undefined =>
  NAMES.map((attribute) => textOf(attributes, attribute)).find((name) => name !== undefined);

/** The name of the resource in AWS, else its address. */
export const nameOf = ({ before, after, address }: ResourceChange): string =>
  nameIn(before) ?? nameIn(after) ?? address;

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
