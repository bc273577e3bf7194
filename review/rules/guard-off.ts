import type { Plan, ResourceChange } from "../plan/plan.ts";
import { BLOCKED_WHERE_PROTECTED, type RuleFinding, type Rule, type ReviewContext } from "./rule.ts";
import { type Attributes, blockOf, numberOf, textOf } from "../plan/value.ts";

/** A guard of a table that is taken off: against deletion in AWS, against destroying in Terraform, against any loss. */
export const guardOff: Rule = {
  name: "guard-off",
  reason:
    "The guards stand between a mistake and the loss of every item: deletion protection in AWS, prevent_destroy in Terraform, point-in-time recovery after both. Less of the last loses what could be restored until now, at once and for good.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
  check: (plan, context) => [
    ...plan
      .ofType("aws_dynamodb_table")
      .filter(({ action }) => action === "update")
      .flatMap((change) => [...deletionProtection(change), ...recovery(change)]),
    ...plan.changes.flatMap((change) => preventDestroy(change, plan, context)),
  ],
};

const nameOf = ({ before, after, address }: ResourceChange) =>
  textOf(before, "name") ?? textOf(after, "name") ?? address;

function deletionProtection(change: ResourceChange): RuleFinding[] {
  const { before, after } = change;
  const [was, is] = [before?.["deletion_protection_enabled"], after?.["deletion_protection_enabled"]];
  if (was !== true || (is !== false && is !== null)) return [];
  return [
    {
      change,
      level: BLOCKED_WHERE_PROTECTED,
      what: `Deletion protection of table ${nameOf(change)} is turned off: anyone who may delete it then can.`,
      instead: "Leave deletionProtection on.",
    },
  ];
}

function recovery(change: ResourceChange): RuleFinding[] {
  const [was, is] = [change.before, change.after].map((table) => blockOf(table, "point_in_time_recovery"));
  if (was?.["enabled"] !== true || is === undefined) return [];
  const off = is["enabled"] === false;
  const [days, fewer] = [recoveryDays(was), recoveryDays(is)];
  if (!off && (days === undefined || fewer === undefined || fewer >= days)) return [];
  return [
    {
      change,
      level: BLOCKED_WHERE_PROTECTED,
      what: off
        ? `Point-in-time recovery of table ${nameOf(change)} is turned off: its continuous backups are deleted.`
        : `Point-in-time recovery of table ${nameOf(change)} reaches back ${fewer ?? 0} days instead of ${days ?? 0}: what is older can't be restored any more.`,
      instead: "Leave pointInTimeRecoveryDays as it is, or longer; up to 35.",
    },
  ];
}

/** Zero stands for the default: 35 days. */
const recoveryDays = (block: Attributes): number | undefined => {
  const days = numberOf(block, "recovery_period_in_days");
  return days === 0 ? 35 : days;
};

/** Types whose loss is a loss of data, and that therefore are to be guarded where data is protected. */
const HOLDS_DATA = new Set(["aws_dynamodb_table", "aws_kms_key", "aws_s3_bucket"]);

/** A plan doesn't say it, but the code beside it does. */
function preventDestroy(change: ResourceChange, plan: Plan, context: ReviewContext): RuleFinding[] {
  const { requiresPreventDestroy, declarationsBefore } = context;
  const now = plan.declarations.of(change.address);
  const earlier = declarationsBefore?.of(change.previousAddress ?? change.address);
  if (!now || now.preventDestroy || change.action === "delete") return [];
  const wasGuarded = earlier?.preventDestroy === true && HOLDS_DATA.has(change.type);
  const mustBe = requiresPreventDestroy && change.type === "aws_dynamodb_table";
  if (!wasGuarded && !mustBe) return [];
  return [
    {
      change,
      level: BLOCKED_WHERE_PROTECTED,
      what: `${nameOf(change)} is without prevent_destroy: Terraform then carries out a plan that destroys it.`,
      instead: "Leave preventDestroy on.",
    },
  ];
}
