import { CONVERSATION_INDEX, type TableName } from "./tables.ts";

/** Actions that an access pattern needs on a table or on one of its indexes. */
export interface Grant {
  readonly table: TableName;
  /** Default: the table itself. */
  readonly index?: string;
  readonly actions: readonly `dynamodb:${string}`[];
  /** Whether the actions are those of a transaction. Default: each is an operation by itself. */
  readonly isTransaction?: true;
}

/**
 * The permissions of each access pattern. The policies of the function and of the endpoint are generated from them.
 * A transaction needs the permissions of its actions.
 */
export const accessPatterns = {
  /** A. The messages of a conversation, newest first. */
  listMessages: [{ table: "messages", actions: ["dynamodb:Query"] }],
  /** B. The inbox of a user, newest first. */
  listConversations: [{ table: "messages", actions: ["dynamodb:Query"] }],
  /** C. Writes the conversation rows of the members and the first message in one transaction. */
  startConversation: [{ table: "messages", actions: ["dynamodb:PutItem"], isTransaction: true }],
  /** D. Adds a message to a conversation. */
  sendMessage: [{ table: "messages", actions: ["dynamodb:PutItem"] }],
  /** E. Moves the conversation row of every member to the newest message; done by the stream function. */
  moveConversation: [
    { table: "messages", index: CONVERSATION_INDEX, actions: ["dynamodb:Query"] },
    { table: "messages", actions: ["dynamodb:Query"] },
    {
      table: "messages",
      actions: [
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
      ],
      isTransaction: true,
    },
  ],
  /** Reads a user by the key. */
  readUser: [{ table: "users", actions: ["dynamodb:GetItem"] }],
  /** Writes single users. */
  keepUsers: [{ table: "users", actions: ["dynamodb:DeleteItem", "dynamodb:PutItem"] }],
} as const satisfies Record<string, readonly Grant[]>;

export type AccessPattern = keyof typeof accessPatterns;

/** The operations that the access patterns call on a table and its indexes, named as in DynamoDB's metrics. */
export function operationsOn(table: TableName): string[] {
  const grants = Object.values(accessPatterns).flatMap((pattern): readonly Grant[] => pattern);
  const operations = grants
    .filter((grant) => grant.table === table)
    .flatMap(({ actions, isTransaction }) =>
      isTransaction ? ["TransactWriteItems"] : actions.map((action) => action.replace("dynamodb:", "")),
    );
  return [...new Set(operations)].sort();
}
