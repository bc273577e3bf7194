/** What the keys of the objects in the bucket of the exports begin with. */
export const bucketFolders = {
  /** The exports of the messages table. */
  messages: "messages/",
  /** The results of queries. */
  results: "results/",
} as const;

/**
 * The folder of the exports that were due at a time, such as "2026-11-26T05:00:00Z", or at one that is not known before. Athena
 * finds them by their day; DynamoDB adds "AWSDynamoDB" and the export's id.
 */
export const exportsAt = (scheduledTime: string) => `${bucketFolders.messages}exported_at=${scheduledTime}`;
