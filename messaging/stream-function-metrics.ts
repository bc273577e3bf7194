const NAMESPACE = "CruddurMessaging";
/** Their only dimension: the name of the function, which tells environments of one account apart. */
const DIMENSION = "FunctionName";

/** The metric of records that no retry can mend: the stream function counts them, and an alarm watches it. */
export const REFUSED_RECORDS = {
  namespace: NAMESPACE,
  name: "RefusedRecords",
  dimension: DIMENSION,
} as const;

/**
 * The metrics that CloudWatch makes of the stream function's log, with `monitoring.inboxMetrics`: one value per batch.
 * A batch has no delay if none of its messages has just arrived in an inbox.
 */
export const INBOX_METRICS = {
  /** From when a message was written to when the inboxes of its conversation had it: the longest of a batch. */
  inboxDelay: { namespace: NAMESPACE, name: "InboxDelay", dimension: DIMENSION, unit: "Milliseconds" },
  /** The messages of a batch. One that Lambda retries is counted again. */
  messages: { namespace: NAMESPACE, name: "Messages", dimension: DIMENSION, unit: "Count" },
  /** The inbox rows that a batch has written. */
  rowsWritten: { namespace: NAMESPACE, name: "RowsWritten", dimension: DIMENSION, unit: "Count" },
} as const;
