import type { Plan, ResourceChange } from "../plan/plan.ts";
import { actionCovers } from "../policy/statement.ts";
import { findWidenings } from "../policy/widening.ts";
import { policiesOf } from "./policies-of.ts";
import { getTargetStatus } from "./policy-target.ts";
import { BLOCKED_WHERE_PROTECTED, type RuleFinding } from "./rule.ts";

const DELETIONS = ["dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"];

/** Finds a table's policy that no longer denies to delete the table. */
export function checkDeletionDenial(change: ResourceChange, plan: Plan): RuleFinding | [] {
  if (change.action === "delete" && getTargetStatus(change, plan) === "deleted") return [];
  const allowed = policiesOf(change, plan)
    .flatMap(({ before, after }) => findWidenings(before, after))
    .filter(
      ({ kind, action }) => kind === "no longer denied" && DELETIONS.some((one) => actionCovers(action, one)),
    );
  if (allowed.length === 0) return [];
  return {
    change,
    level: BLOCKED_WHERE_PROTECTED,
    what: `The policy of ${[...new Set(allowed.map(({ resource }) => resource))].join(", ")} no longer denies ${[...new Set(allowed.map(({ action }) => action))].join(", ")}.`,
    instead: "Keep deletionOnlyByDeployRole on.",
  };
}
