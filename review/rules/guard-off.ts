import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blockOf, numberOf } from "../plan/value.ts";
import { dataTypes } from "./data-types.ts";
import { checkDeletionDenial } from "./deletion-denial.ts";
import { BLOCKED_WHERE_PROTECTED, type ReviewContext, type Rule, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** A protection against data loss is turned off: deletion protection, prevent_destroy or point-in-time recovery. */
export const guardOff: Rule = {
  name: "guard-off",
  finds: [
    {
      level: BLOCKED_WHERE_PROTECTED,
      what: "deletion protection, `prevent_destroy` or point-in-time recovery is turned off, or the recovery period is shortened; the policy of a table no longer denies to delete it",
    },
  ],
  judges: {
    aws_dynamodb_table: [
      "deletion_protection_enabled",
      "point_in_time_recovery.enabled",
      "point_in_time_recovery.recovery_period_in_days",
    ],
    aws_dynamodb_resource_policy: ["policy"],
  },
  reason:
    "Deletion protection in AWS and prevent_destroy in Terraform keep a mistake from deleting every item; point-in-time recovery can restore them. Turning recovery off, or shortening it, discards restore points at once and permanently.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
  check: (plan, context) => [
    ...plan
      .updated("aws_dynamodb_table")
      .flatMap((change) => [checkDeletionProtection(change), checkRecovery(change)].flat()),
    ...plan.changes.flatMap((change) => checkPreventDestroy(change, plan, context)),
    ...plan.ofType("aws_dynamodb_resource_policy").flatMap((change) => checkDeletionDenial(change, plan)),
  ],
};

function checkDeletionProtection(change: ResourceChange): RuleFinding | [] {
  const { before, after } = change;
  const [from, to] = [before?.["deletion_protection_enabled"], after?.["deletion_protection_enabled"]];
  if (from !== true || (to !== false && to !== null)) return [];
  return {
    change,
    level: BLOCKED_WHERE_PROTECTED,
    what: `Deletion protection of table ${nameOf(change)} is turned off: anyone with permission to delete the table can then delete it.`,
    instead: "Keep deletionProtection on.",
  };
}

function checkRecovery(change: ResourceChange): RuleFinding | [] {
  const [before, after] = [change.before, change.after].map((table) =>
    blockOf(table, "point_in_time_recovery"),
  );
  if (before?.["enabled"] !== true || after === undefined) return [];
  const isOff = after["enabled"] === false;
  const [from, to] = [recoveryDays(before), recoveryDays(after)];
  if (!isOff && (from === undefined || to === undefined || to >= from)) return [];
  return {
    change,
    level: BLOCKED_WHERE_PROTECTED,
    what: isOff
      ? `Point-in-time recovery of table ${nameOf(change)} is turned off: its continuous backups are deleted.`
      : `Point-in-time recovery of table ${nameOf(change)} is shortened from ${from ?? 0} to ${to ?? 0} days: earlier restore points are lost.`,
    instead: "Keep pointInTimeRecoveryDays as it is, or raise it, up to 35.",
  };
}

/** The provider writes the default of 35 days as 0. */
const recoveryDays = (block: Attributes): number | undefined => {
  const days = numberOf(block, "recovery_period_in_days");
  return days === 0 ? 35 : days;
};

const TABLES = ["aws_dynamodb_table", "aws_dynamodb_table_replica"];

/** prevent_destroy is not part of a plan: it is read from the synthesized code. */
function checkPreventDestroy(change: ResourceChange, plan: Plan, context: ReviewContext): RuleFinding | [] {
  const { requiresPreventDestroy, declarationsBefore } = context;
  const after = plan.declarations.get(change.address);
  const before = declarationsBefore?.get(change.previousAddress ?? change.address);
  if (!after || after.preventDestroy || change.action === "delete") return [];
  const wasOn = before?.preventDestroy === true && dataTypes.has(change.type);
  const isRequired = requiresPreventDestroy && TABLES.includes(change.type);
  if (!wasOn && !isRequired) return [];
  return {
    change,
    level: BLOCKED_WHERE_PROTECTED,
    what: `${nameOf(change)} has no prevent_destroy: Terraform would carry out a plan that destroys it.`,
    instead: "Keep preventDestroy on.",
  };
}
