import type { ResourceChange } from "../plan/plan.ts";
import { blocksOf, isUnknownOrHidden, textOf } from "../plan/value.ts";

/** The regions in which a change adds and removes replicas that are blocks of a table; none if that isn't known. */
export function replicaRegions({ before, after }: ResourceChange) {
  const regionsOf = (table: ResourceChange["after"]) =>
    blocksOf(table, "replica").map((replica) => textOf(replica, "region_name"));
  return isUnknownOrHidden(after?.["replica"])
    ? { added: [], removed: [] }
    : difference(regionsOf(before), regionsOf(after));
}

const difference = <Item>(before: readonly Item[], after: readonly Item[]) => ({
  added: after.filter((item) => !before.includes(item)),
  removed: before.filter((item) => !after.includes(item)),
});
