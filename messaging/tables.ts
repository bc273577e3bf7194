/** The key attributes of a table or an index. All keys are strings. */
export interface KeySchema {
  readonly partitionKey: string;
  readonly sortKey: string;
}

/** Keys, indexes and stream of a table, the same in every environment. */
export interface TableShape extends KeySchema {
  readonly indexes: Readonly<Record<string, KeySchema>>;
  /** Attributes of the item in a stream record. Default: the table has no stream. */
  readonly streamViewType?: "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES";
}

/**
 * Index for the conversation rows of a conversation. It contains no other items, since only conversation rows have
 * `message_group_uuid`. It projects all attributes.
 */
export const CONVERSATION_INDEX = "message-group-sk-index";

/** Table shapes by logical name. The physical names are in `config/names.ts`. */
export const tableShapes = {
  /** Messages and conversation rows; the items are defined in `messaging/items.ts`. */
  messages: {
    partitionKey: "pk",
    sortKey: "sk",
    indexes: { [CONVERSATION_INDEX]: { partitionKey: "message_group_uuid", sortKey: "sk" } },
    streamViewType: "NEW_IMAGE",
  },
  users: { partitionKey: "Name", sortKey: "Title", indexes: {} },
} as const satisfies Record<string, TableShape>;

export type TableName = keyof typeof tableShapes;

/** The key attributes of the table and its indexes. */
export function keyAttributes(shape: TableShape): ReadonlySet<string> {
  return new Set(
    [shape, ...Object.values(shape.indexes)].flatMap((keys) => [keys.partitionKey, keys.sortKey]),
  );
}
