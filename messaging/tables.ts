/** A DynamoDB string attribute that is part of a key. All keys here are strings. */
export interface KeySchema {
  readonly partitionKey: string;
  readonly sortKey: string;
}

/** What a table is, in every environment: its keys, its indexes and what its stream carries. */
export interface TableShape extends KeySchema {
  readonly indexes: Readonly<Record<string, KeySchema>>;
  /** What a stream record holds of the item; absent, the table has no stream. */
  readonly streamViewType?: "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES";
}

/**
 * Finds the conversation rows of a conversation. Only they carry `message_group_uuid`, so the index holds
 * nothing else. All attributes are projected.
 */
export const CONVERSATION_INDEX = "message-group-sk-index";

/** The tables by the names that the code knows them by; their physical names are in `config/names.ts`. */
export const tableShapes = {
  /** Messages and conversation rows; `messaging/items.ts` says what its items look like. */
  messages: {
    partitionKey: "pk",
    sortKey: "sk",
    indexes: { [CONVERSATION_INDEX]: { partitionKey: "message_group_uuid", sortKey: "sk" } },
    streamViewType: "NEW_IMAGE",
  },
  users: { partitionKey: "Name", sortKey: "Title", indexes: {} },
} as const satisfies Record<string, TableShape>;

export type TableName = keyof typeof tableShapes;

/** The attributes that are part of a key of the table or of one of its indexes, each once. */
export function keyAttributes(shape: TableShape): ReadonlySet<string> {
  return new Set(
    [shape, ...Object.values(shape.indexes)].flatMap((keys) => [keys.partitionKey, keys.sortKey]),
  );
}
