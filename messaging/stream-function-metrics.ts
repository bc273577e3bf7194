const NAMESPACE = "CruddurMessaging";
/** Their only dimension: the name of the function, which tells environments of one account apart. */
const DIMENSION = "FunctionName";

/** The metric of records that no retry can mend: the stream function counts them, and an alarm watches it. */
export const REFUSED_RECORDS = {
  namespace: NAMESPACE,
  name: "RefusedRecords",
  dimension: DIMENSION,
} as const;

/** A metric that CloudWatch makes of a field of the line that the stream function logs for each batch. */
export interface InboxMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimension: string;
  readonly unit: "Milliseconds" | "Count";
  /** The field with its value. A line without it gives no value. The field `dimension` has the name of the function. */
  readonly field: string;
}

/** The metrics of the stream function's log, with `monitoring.inboxMetrics`: at most one value per batch. */
export const INBOX_METRICS = {
  /**
   * From when a message was sent to when the inboxes of its conversation had it: the longest of a batch. There is none if
   * all inboxes had them before, as when Lambda invokes the function again with what it has already done.
   */
  inboxDelay: {
    namespace: NAMESPACE,
    name: "InboxDelay",
    dimension: DIMENSION,
    unit: "Milliseconds",
    field: "inboxDelayMilliseconds",
  },
  /** The messages of a batch without those that failed, so that a retry isn't counted; those of smoke tests too. */
  messages: {
    namespace: NAMESPACE,
    name: "Messages",
    dimension: DIMENSION,
    unit: "Count",
    field: "messages",
  },
  /** The inbox rows that a batch has written. */
  rowsWritten: {
    namespace: NAMESPACE,
    name: "RowsWritten",
    dimension: DIMENSION,
    unit: "Count",
    field: "rowsWritten",
  },
} as const satisfies Readonly<Record<string, InboxMetric>>;
