import type { TableShape } from "../messaging/tables.ts";
import { hasReplicas, type Replicated } from "./replica-regions.ts";

/**
 * What the records of a table's stream contain; undefined for a table without a stream. A table with replicas has a
 * stream with both images of an item, from which DynamoDB replicates it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
 */
export const streamViewTypeOf = (
  { streamViewType }: TableShape,
  table: Replicated,
): TableShape["streamViewType"] => (hasReplicas(table) ? "NEW_AND_OLD_IMAGES" : streamViewType);
