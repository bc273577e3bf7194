import { z } from "zod";
import { bucketName } from "./bucket-name.ts";
import { principal, uniqueList, wholeNumber } from "./setting-types.ts";

/** Athena accepts no lower limit: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html */
const MINIMUM_SCANNED_MEGABYTES = 10;

/** The bytes of an MB, as Athena counts them. */
export const SCANNED_MEGABYTE = 1_048_576;

/** A daily export of the messages table, and SQL over it by Athena. */
export const analytics = z.strictObject({
  /**
   * The S3 bucket of the exports and of the results of queries; the name must be unique in all of AWS.
   * @change Replaces the bucket: blocked where data is protected. AWS refuses to delete one with exports in it.
   */
  bucket: bucketName,
  /**
   * The hour of the daily export, in UTC. It has two hours to complete; then queries see it.
   * @defaultValue 5
   * @change In place. Queries don't see the exports of another hour: until the next one there is no data.
   */
  exportHour: wholeNumber(0, 23, "o'clock").optional(),
  /**
   * S3 deletes each export after this time, and so what has been deleted from the table. Each export is a full copy, whose
   * storage is paid.
   * @change In place; fewer days delete the older exports, which needs care.
   */
  keepDays: wholeNumber(2, 365, "days"),
  /**
   * Athena ends a query that has scanned this much, in MB of 1,048,576 bytes; scanning costs 5 dollars a TB.
   * @change In place; more needs care.
   */
  maximumScannedMegabytes: wholeNumber(MINIMUM_SCANNED_MEGABYTES, 10_000_000, "MB"),
  /**
   * Who may take the role that queries: roles, users, or an account, whose IAM policies then decide. They can read all messages.
   * @change In place, by `npm run bootstrap`.
   */
  queriedBy: uniqueList(principal, 1, "ARNs"),
});
