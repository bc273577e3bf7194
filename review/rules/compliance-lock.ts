import type { ResourceChange } from "../plan/plan.ts";
import { numberOf, textOf } from "../plan/value.ts";
import { CARE, type Rule } from "./rule.ts";

const TYPE = "aws_backup_vault_lock_configuration";

/** A vault gets a compliance lock, or its compliance lock is put on anew: then its grace time begins again. */
export const complianceLock: Rule = {
  name: "compliance-lock",
  finds: [
    {
      level: CARE,
      what: "a backup vault gets a compliance lock, or a changed one, which nobody can remove after its grace time",
    },
  ],
  judges: { [TYPE]: ["changeable_for_days"] },
  judgesNew: [TYPE],
  reason:
    "After the grace time, nobody can change the lock, remove the vault, or delete a backup before its time, AWS included; nor be rid of what they cost.",
  source: "https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
  check: (plan) =>
    plan
      .ofType(TYPE)
      .filter((change) => graceDays(change.after) > 0 && isPutOn(change))
      .map((change) => ({
        change,
        level: CARE,
        what: `The lock of the vault ${textOf(change.after, "backup_vault_name") ?? change.address} becomes a compliance lock, which nobody can change from ${graceDays(change.after)} days after it is applied.`,
        instead:
          "A governance lock, without changeable_for_days, can be removed by who has the permission. If it is to be final, approve it with the date in the calendar.",
      })),
};

const isPutOn = ({ action, before, after }: ResourceChange) =>
  action === "replace" || action === "update" || graceDays(before) !== graceDays(after);

/** 0 for a governance lock. */
const graceDays = (values: ResourceChange["after"]) => numberOf(values, "changeable_for_days") ?? 0;
