import { z } from "zod";
import { itemAttributes } from "../messaging/items.ts";
import { keyAttributes, tableShapes, type TableName } from "../messaging/tables.ts";
import { billing } from "./billing-settings.ts";
import { oneOf, principal, region, text, trueOrFalse, uniqueList, wholeNumber } from "./setting-types.ts";

/** Attributes of each table's items other than keys, as far as the project knows them. None is an expiry time. */
const knownAttributes: Readonly<Record<TableName, ReadonlySet<string>>> = {
  messages: itemAttributes(),
  users: new Set(),
};

const pointInTimeRecoveryDays = z.union([z.literal("off"), wholeNumber(1, 35, "days")], {
  error: 'must be 1 to 35, or "off"',
});

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html */
const replica = z.strictObject({
  /**
   * DynamoDB rejects every deletion of the replica.
   * @change The replica is updated; false is blocked where data is protected.
   */
  deletionProtection: trueOrFalse,
  /**
   * Whether the replica can be restored to any second of the last 35 days.
   * @change The replica is updated; false is blocked where data is protected.
   */
  pointInTimeRecovery: trueOrFalse,
});

/** The settings of one table. */
export const table = <Name extends TableName>(name: Name) =>
  z.strictObject({
    /**
     * Capacity mode: `on-demand`, `provisioned` with fixed units, or `autoscaled`, which is provisioned with units that
     * Application Auto Scaling keeps near the consumption.
     * @change In place; needs care. DynamoDB allows four switches to on-demand in 24 hours.
     */
    billing: billing(name),
    /**
     * The name of the restored copy that is the table now, after a switch to it: docs/runbook.md#switch-to-a-restored-table.
     * @defaultValue the table's own name
     * @change Blocked: the table would be replaced by an empty one. As the runbook does it, Terraform takes the copy for the
     * table, and the one before stays, without Terraform.
     */
    restoredName: text(/^.*-restored-\d{8}T\d{6}Z$/, "the name of a restored copy of the table").optional(),
    /**
     * The table class: infrequent access has cheaper storage and dearer reads and writes.
     * @defaultValue "standard"
     * @change In place. DynamoDB allows two changes in 30 days.
     */
    tableClass: oneOf("standard", "standard-infrequent-access").optional(),
    /**
     * DynamoDB rejects every DeleteTable call.
     * @change In place; false is blocked where data is protected.
     */
    deletionProtection: trueOrFalse,
    /**
     * Terraform rejects any plan that destroys or replaces the table.
     * @change Nothing in AWS; false is blocked where data is protected.
     */
    preventDestroy: trueOrFalse,
    /**
     * Number of days, 1 to 35, for which the table can be restored to any second, or "off".
     * @change In place; fewer days, or "off", is blocked where data is protected: earlier restore points are lost at once.
     */
    pointInTimeRecoveryDays,
    /**
     * The key that encrypts the table: this environment's own KMS key (rotated every year), the account's
     * `aws/dynamodb` key, or a key that AWS owns.
     * @change In place: DynamoDB encrypts the table anew. From "customer-managed" it is blocked where data is protected; to
     * it needs care: the key decides who can read.
     */
    encryption: oneOf("customer-managed", "aws-managed", "aws-owned"),
    /**
     * Number attribute with the expiry time, in seconds since 1970; none that the items have today.
     * @defaultValue items never expire
     * @change In place; needs care: DynamoDB deletes each item whose time has passed, within days.
     */
    timeToLiveAttribute: text(/^.{1,255}$/, "an attribute name of 1 to 255 characters")
      .refine((attribute) => !keyAttributes(tableShapes[name]).has(attribute), {
        error: "must not be a key of the table or of one of its indexes",
        abort: true,
      })
      .refine((attribute) => !knownAttributes[name].has(attribute), {
        error: "must not be an attribute that the items have already: none is an expiry time",
      })
      .optional(),
    /**
     * Whether CloudWatch Contributor Insights counts the keys that are used and throttled most, of the table and of each
     * of its indexes. Paid by the requests that it counts.
     * @defaultValue false
     * @change In place.
     */
    contributorInsights: trueOrFalse.optional(),
    /**
     * Copies of the table in other regions, by region: a global table with eventual consistency
     * (docs/regions.md). Each write, and the storage, is paid in every region.
     * @defaultValue none
     * @change A further one copies all items to its region: needs care. One less deletes a copy: blocked. The first one, and
     * the last one, of a table with a trigger replaces its stream: blocked, see docs/runbook.md#another-stream. Each after
     * `npm run bootstrap`.
     */
    replicas: z.record(region("us-east-1"), replica, { error: "must be replicas by region" }).optional(),
    /**
     * Consistency between the regions. The function's transactions, and time to live, exclude the other one, "strong".
     * @defaultValue "eventual"
     * @change Nothing: there is one value.
     */
    consistency: z
      .literal("eventual", {
        error:
          'must be "eventual": a table with strong consistency across regions has no transactions, which move the conversations, ' +
          "and no time to live, must be empty when it gets it, and exists in sets of three regions only",
      })
      .optional(),
    /**
     * Who else may read items of the table, its indexes and its replicas: roles, users or accounts, of any account. In another
     * account, its own IAM policies must allow it too. AWS rejects a role or user that isn't there.
     * @defaultValue only the account's own IAM policies decide
     * @change The policies of the table and of its key are changed, after `npm run bootstrap`; more needs care.
     */
    readers: uniqueList(principal, 1, "ARNs").optional(),
    /**
     * Who else may read the table's stream in the environment's region: roles, users or accounts, of any account. A shard of a
     * stream has at most two readers, and the trigger is one.
     * @defaultValue only the account's own IAM policies decide
     * @change The policies of the stream and of its key are changed, after `npm run bootstrap`; more needs care.
     */
    streamReaders: uniqueList(principal, 1, "ARNs").optional(),
    /**
     * Whether the policies of the table and of its replicas deny everybody but the deploy role to delete them. In a protected
     * environment, that role can't either.
     * @defaultValue false
     * @change The policies are changed, after `npm run bootstrap`; false is blocked where data is protected.
     */
    deletionOnlyByDeployRole: trueOrFalse.optional(),
  });
