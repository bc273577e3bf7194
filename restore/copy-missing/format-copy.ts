import { ITEM_KINDS, kindOfItem } from "../../messaging/item-kinds.ts";
import { KIND_NAMES } from "../compare/format-comparison.ts";
import type { Copied } from "./copy-missing.ts";
import type { CopyPlan, LeftItems } from "./plan-copy.ts";

/** Conversations that are repaired one by one; for more, the whole table is repaired. */
const REPAIRED_ONE_BY_ONE = 5;

/** A plan as a person reads it before approving it: counts and its digest. */
export function copyPlanText({ table, restored, live, keys, digest }: CopyPlan, left: LeftItems): string {
  const kinds = keys.map(({ partition }) => kindOfItem(table, partition));
  const counts = ITEM_KINDS.flatMap((kind) => {
    const count = kinds.filter((each) => each === kind).length;
    return count > 0 ? [`  ${KIND_NAMES[kind]}: ${count}`] : [];
  });
  const reasons = [
    [left.moved, "conversation rows that have moved since"],
    [left.canary, "items of smoke tests"],
    [left.other, "items that the project doesn't know"],
  ] as const;
  return [
    keys.length > 0
      ? `${keys.length} items would be copied from ${restored} to ${live}:`
      : `Nothing is to be copied from ${restored} to ${live}.`,
    ...counts,
    ...reasons.flatMap(([count, what]) => (count > 0 ? [`  not copied: ${count} ${what}`] : [])),
    ...(keys.length > 0 ? [`Digest of the plan: ${digest}`] : []),
  ].join("\n");
}

/** What a copy has done so far, on one line. */
export function copiedText({ copied, there, moved, expired, gone }: Copied): string {
  const others = [
    [there, "were there already"],
    [moved, "conversation rows have moved"],
    [expired, "had expired"],
    [gone, "are no longer in the restored table"],
  ] as const;
  return [
    `${copied} copied`,
    ...others.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])),
  ].join(", ");
}

/** The commands that bring the inboxes of the copied items right, where there are any. */
export function repairCommands(environment: string, { conversations }: Copied): string[] {
  const repair = `npm run repair -- --environment ${environment}`;
  if (conversations.size === 0) return [];
  if (conversations.size > REPAIRED_ONE_BY_ONE) return [repair];
  return [...conversations].sort().map((uuid) => `${repair} --conversation ${uuid}`);
}
