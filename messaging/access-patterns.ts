import { CONVERSATION_INDEX, type TableName } from "./tables.ts";

/** Actions that an access pattern needs on a table or on one of its indexes. */
export interface Grant {
  readonly table: TableName;
  /** Default: the table itself. */
  readonly index?: string;
  readonly actions: readonly `dynamodb:${string}`[];
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
  startConversation: [{ table: "messages", actions: ["dynamodb:PutItem"] }],
  /** D. Adds a message to a conversation. */
  sendMessage: [{ table: "messages", actions: ["dynamodb:PutItem"] }],
  /** E. Moves the conversation row of every member to the newest message; done by the stream function. */
  moveConversation: [
    { table: "messages", index: CONVERSATION_INDEX, actions: ["dynamodb:Query"] },
    {
      table: "messages",
      actions: [
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
      ],
    },
  ],
  /** Reads and writes single users. */
  keepUsers: [{ table: "users", actions: ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"] }],
} as const satisfies Record<string, readonly Grant[]>;

export type AccessPattern = keyof typeof accessPatterns;
