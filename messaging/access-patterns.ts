import { CONVERSATION_INDEX, type TableName } from "./tables.ts";

/** Actions that an access pattern needs on one table, or on one index of it. */
export interface Grant {
  readonly table: TableName;
  /** The index; absent, the table itself. */
  readonly index?: string;
  readonly actions: readonly `dynamodb:${string}`[];
}

/**
 * How the tables are used, and what each use needs. Every policy (the function's, the endpoint's) is made
 * from this. A transaction needs the actions of its parts.
 */
export const accessPatterns = {
  /** A. The messages of a conversation, newest first. */
  listMessages: [{ table: "messages", actions: ["dynamodb:Query"] }],
  /** B. The inbox of a user, newest first. */
  listConversations: [{ table: "messages", actions: ["dynamodb:Query"] }],
  /** C. The rows of the members and the first message, all or nothing. */
  startConversation: [{ table: "messages", actions: ["dynamodb:PutItem"] }],
  /** D. One more message. */
  sendMessage: [{ table: "messages", actions: ["dynamodb:PutItem"] }],
  /** E. Every member's row moves to the newest message; the stream function's work. */
  moveConversation: [
    { table: "messages", index: CONVERSATION_INDEX, actions: ["dynamodb:Query"] },
    {
      table: "messages",
      actions: ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"],
    },
  ],
  /** The users that the application keeps, one item at a time. */
  keepUsers: [{ table: "users", actions: ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"] }],
} as const satisfies Record<string, readonly Grant[]>;

export type AccessPattern = keyof typeof accessPatterns;
