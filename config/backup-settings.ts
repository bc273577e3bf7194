import { z } from "zod";
import { cron, principal, region, text, timezone, uniqueList, wholeNumber } from "./setting-types.ts";

const days = (minimum: number, maximum: number) => wholeNumber(minimum, maximum, "days");

/** AWS Backup keeps a backup at least so long in cold storage: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html */
export const COLD_STORAGE_DAYS = 90;

const vaultArn = /^arn:aws[a-z-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}$/;
const regionName = /^[a-z]{2}(-[a-z]+)+-\d$/;

const copyTarget = text(
  new RegExp(`${regionName.source}|${vaultArn.source}`),
  'a region of backups.vaultRegions, or the ARN of a vault, like "arn:aws:backup:ca-central-1:333333333333:backup-vault:central"',
);

const rule = z.strictObject({
  /**
   * When it backs up, as a cron expression. At most hourly.
   * @change In place; rarer needs care.
   */
  cron,
  /**
   * The time zone of the cron expression.
   * @defaultValue "UTC"
   * @change In place.
   */
  timezone: timezone.optional(),
  /**
   * AWS Backup deletes each backup, and each copy, after this time. Storage is paid by size and time.
   * @change In place, for backups from then on; fewer days is blocked where data is protected.
   */
  keepDays: days(1, 35_600),
  /**
   * A backup, and each copy, moves to cold storage after this time, where storage costs a third and reading costs extra. It
   * stays there for at least 90 days, so `keepDays` is at least 90 days more.
   * @defaultValue never
   * @change In place, for backups from then on.
   */
  coldStorageAfterDays: days(1, 35_510).optional(),
  /**
   * Where each backup is copied to: regions of `vaultRegions`, or vaults of other accounts by their ARN, which must let this
   * account copy into them (docs/backups.md). Each copy is paid like a backup, and the transfer to another region by size.
   * @defaultValue no copies
   * @change In place, for backups from then on; after `npm run bootstrap`.
   */
  copyTo: uniqueList(copyTarget, 1, "regions or vaults").optional(),
});

/** https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html */
const lock = z.strictObject({
  /**
   * No backup that is kept for less can be made, nor be deleted before.
   * @change The lock is taken off and put on anew; fewer days is blocked where data is protected.
   */
  minimumDays: days(1, 36_500),
  /**
   * No backup that is kept for longer can be made.
   * @defaultValue no maximum
   * @change The lock is taken off and put on anew.
   */
  maximumDays: days(1, 36_500).optional(),
  /**
   * Makes it a compliance lock, which nobody can change or remove after its grace time.
   * @defaultValue a governance lock, which whoever has the permission can remove
   * @change The lock is taken off and put on anew, which needs care; back to a governance lock only within the grace time.
   */
  compliance: z
    .strictObject({
      /** For how long the lock can still be changed or removed. */
      graceDays: days(3, 36_500),
      /** The word that you know it: after that, no backup can be deleted before its time, nor its cost be avoided. */
      canNeverBeUndone: z.literal(true, {
        error:
          "must be true: once graceDays have passed, nobody can remove the lock or delete a backup before its time, AWS included",
      }),
    })
    .optional(),
});

/** AWS Backup of the tables. */
export const backups = z.strictObject({
  /**
   * What is backed up when, by a name for each: both tables, whole. With none, nothing is backed up, and the vaults stay with
   * what is in them. Each backup is a full one: storage is paid by size and time, warm about as much as DynamoDB's own backups.
   * @change In place; one less is blocked where data is protected.
   */
  rules: z.record(
    text(/^[a-z][a-z0-9-]{0,31}$/, 'a name of at most 32 small letters, digits and "-", a letter first'),
    rule,
    { error: "must be rules by name" },
  ),
  /**
   * Other regions in which the environment has a vault for copies, with a key of its own (1 dollar a month).
   * @defaultValue none
   * @change One more: in place, after `npm run bootstrap`. One less deletes a vault, which AWS refuses while anything is in it:
   * blocked where data is protected. Keep the region in `formerRegions` until it is gone.
   */
  vaultRegions: uniqueList(region("us-east-1"), 1, "regions").optional(),
  /**
   * Locks the environment's vaults: nobody can delete a backup before its time. A changed lock is taken off and put on anew. Its
   * removal is blocked where data is protected.
   */
  lock: lock.optional(),
});

/** Who may restore tables. */
export const restore = z.strictObject({
  /**
   * Who may take the role that restores tables beside the live ones and copies lost items back: roles, users, or an account,
   * whose IAM policies then decide.
   * @change In place, by `npm run bootstrap`.
   */
  takenBy: uniqueList(principal, 1, "ARNs"),
});
