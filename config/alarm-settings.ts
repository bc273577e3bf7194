import { z } from "zod";
import { text, topicArn, trueOrFalse, uniqueList, wholeNumber } from "./setting-types.ts";

const perMinute = (what: string) => wholeNumber(0, 1_000_000, `${what} a minute`);
const percent = wholeNumber(1, 100, "percent");

/**
 * CloudWatch alarms: their thresholds, and who is told. An alarm looks at three minutes (at three times five for what AWS
 * counts every five minutes), and is raised when two of them are over its threshold; a single one is enough for refused
 * records and for the delay of inboxes.
 */
export const alarms = z.strictObject({
  /**
   * The alarm is raised when the oldest unprocessed record is older than this.
   * @change In place.
   */
  iteratorAgeSeconds: wholeNumber(60, 86_400, "seconds"),
  /**
   * The alarm is raised when more invocations of the function fail.
   * @defaultValue 0 a minute
   * @change In place.
   */
  functionErrors: perMinute("invocations").optional(),
  /**
   * The alarm is raised when Lambda refuses more invocations of the function, because the account has no concurrency left.
   * @defaultValue no alarm
   * @change In place.
   */
  functionThrottles: perMinute("invocations").optional(),
  /**
   * The alarm is raised when an invocation takes more than this part of `function.timeoutSeconds`.
   * @defaultValue no alarm
   * @change In place.
   */
  functionDurationPercent: percent.optional(),
  /**
   * The alarm is raised when more read requests of a table, or of one of its indexes, are throttled.
   * @defaultValue no alarm
   * @change In place.
   */
  throttledReads: perMinute("requests").optional(),
  /**
   * The alarm is raised when more write requests of a table, or of one of its indexes, are throttled.
   * @defaultValue no alarm
   * @change In place.
   */
  throttledWrites: perMinute("requests").optional(),
  /**
   * The alarm is raised when DynamoDB answers more requests with a fault of its own; one for each operation that
   * messaging calls on a table, since there is no metric over all of them.
   * @defaultValue no alarm
   * @change In place.
   */
  systemErrors: perMinute("requests").optional(),
  /**
   * The alarm is raised when more requests are rejected because another one writes the same item.
   * @defaultValue no alarm
   * @change In place.
   */
  transactionConflicts: perMinute("requests").optional(),
  /**
   * The alarm is raised when a table or an index consumes more than this part of its capacity: of its units, of the
   * scaler's maximum, or of its on-demand maximum (without one, of the account's 40,000 units a second).
   * @defaultValue no alarm
   * @change In place.
   */
  consumedCapacityPercent: percent.optional(),
  /**
   * The alarm is raised when the account has provisioned more than this part of the capacity that AWS lets it provision.
   * None where every table is on demand.
   * @defaultValue no alarm
   * @change In place.
   */
  accountCapacityPercent: percent.optional(),
  /**
   * The alarm is raised when a write reaches a replica later than this. Requires `tables.<table>.replicas`.
   * @defaultValue no alarm
   * @change In place.
   */
  replicationLatencySeconds: wholeNumber(1, 86_400, "seconds").optional(),
  /**
   * The alarm is raised when a message reaches an inbox later than this. Requires `monitoring.inboxMetrics`.
   * @defaultValue no alarm
   * @change In place.
   */
  inboxDelaySeconds: wholeNumber(1, 86_400, "seconds").optional(),
  /**
   * The alarm is raised when AWS Backup has completed no backup for so long, and until the first one. At least a day longer
   * than the time between two backups: a backup may begin eight hours after its time. Requires a rule in `backups.rules`.
   * @defaultValue no alarm
   * @change In place.
   */
  backupAgeDays: wholeNumber(2, 7, "days").optional(),
  /**
   * The alarm is raised when more requests fail at the cache. Requires `cache`, like the next three.
   * @defaultValue no alarm
   * @change In place.
   */
  cacheErrors: perMinute("requests").optional(),
  /**
   * The alarm is raised when the cache evicts more for want of memory.
   * @defaultValue no alarm
   * @change In place.
   */
  cacheEvictedMegabytes: wholeNumber(0, 1_000_000, "MB a minute").optional(),
  /**
   * The alarm is raised when a node of the cache uses more of its processor.
   * @defaultValue no alarm
   * @change In place.
   */
  cacheCpuPercent: percent.optional(),
  /**
   * The alarm is raised when more of the reads through the cache are not answered from it: its hit rate is low.
   * @defaultValue no alarm
   * @change In place.
   */
  cacheMissPercent: percent.optional(),
  /**
   * SNS topics, of the environment's region, that are notified when an alarm begins and ends.
   * @defaultValue no notification
   * @change In place.
   */
  notifyTopicArns: uniqueList(topicArn, 0, "SNS topics").optional(),
  /**
   * E-mail addresses that are notified as well, by an SNS topic of the environment's own, whose key costs 1 dollar a month.
   * Each has to confirm an e-mail of AWS first.
   * @defaultValue none, and no topic
   * @change In place. Who is removed before confirming is removed by AWS some days later. Removing all of them deletes the
   * topic's key, which is blocked; where data is protected, the deploy role may not do it either.
   */
  notifyEmailAddresses: uniqueList(
    text(/^[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@.]{2,}$/, "an e-mail address"),
    1,
    "e-mail addresses",
  ).optional(),
  /**
   * SNS topics, of the environment's region, that are notified when messaging is ill (messages don't reach inboxes, or
   * requests fail) and when it is well again: by the composite alarm, once for all that fails at the same time. For who is
   * woken up; none of `notifyTopicArns`, which are told of each of these alarms anyway.
   * @defaultValue none: the state of the composite alarm is shown, and notifies nobody
   * @change In place.
   */
  pageTopicArns: uniqueList(topicArn, 1, "SNS topics").optional(),
});

/** What shows how messaging is. */
export const monitoring = z.strictObject({
  /**
   * A CloudWatch dashboard that answers whether messaging is healthy. From the fourth of an account on, 3 dollars a month.
   * @defaultValue false
   * @change In place.
   */
  dashboard: trueOrFalse.optional(),
  /**
   * Metrics from the function's log: the messages, the delay from a message to its inboxes, and the rows that are written.
   * Three metrics, 0.90 dollars a month.
   * @defaultValue false
   * @change In place.
   */
  inboxMetrics: trueOrFalse.optional(),
});
