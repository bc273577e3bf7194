/** The metric of records that no retry can mend: the stream function counts them, and an alarm watches it. */
export const REFUSED_RECORDS = {
  namespace: "CruddurMessaging",
  name: "RefusedRecords",
  /** Its only dimension: the name of the function. */
  dimension: "FunctionName",
} as const;
