/** A user as a message or a conversation row names them. */
export interface Member {
  readonly uuid: string;
  readonly displayName: string;
  readonly handle: string;
}

/** One message of a conversation. */
export interface Message {
  readonly uuid: string;
  readonly conversationUuid: string;
  /** ISO 8601; the sort key, so no two messages of a conversation share it. */
  readonly createdAt: string;
  readonly text: string;
  readonly sender: Member;
}

/** What one member's inbox shows of one conversation. */
export interface Conversation {
  readonly uuid: string;
  /** Whose inbox it is in. */
  readonly memberUuid: string;
  /** When its newest message was created, ISO 8601; the inbox is ordered by it. */
  readonly movedAt: string;
  /** The text of its newest message. */
  readonly newestText: string;
  /** Whom the member talks to. */
  readonly other: Member;
}

/** A message as the table holds it. */
export interface MessageItem {
  readonly pk: string;
  readonly sk: string;
  readonly message: string;
  readonly message_uuid: string;
  readonly user_uuid: string;
  readonly user_display_name: string;
  readonly user_handle: string;
}

/** A conversation row as the table holds it: one per member. */
export interface ConversationRow {
  readonly pk: string;
  readonly sk: string;
  readonly message_group_uuid: string;
  readonly message: string;
  readonly user_uuid: string;
  readonly user_display_name: string;
  readonly user_handle: string;
  /** Everyone in the conversation. Rows of two members may lack it: the other member is then `user_uuid`. */
  readonly member_uuids?: Set<string>;
}

/** Begins the partition key of a message. */
export const MESSAGE_PREFIX = "MSG#";

/** Begins the partition key of a conversation row. */
export const INBOX_PREFIX = "GRP#";

/** Partition key of the messages of a conversation. */
export const messagesKey = (conversationUuid: string) => `${MESSAGE_PREFIX}${conversationUuid}`;

/** Partition key of the conversation rows of a member. */
export const inboxKey = (memberUuid: string) => `${INBOX_PREFIX}${memberUuid}`;

export function messageItem(message: Message): MessageItem {
  return {
    pk: messagesKey(message.conversationUuid),
    sk: message.createdAt,
    message: message.text,
    message_uuid: message.uuid,
    user_uuid: message.sender.uuid,
    user_display_name: message.sender.displayName,
    user_handle: message.sender.handle,
  };
}

export function messageOf(item: MessageItem): Message {
  return {
    uuid: item.message_uuid,
    conversationUuid: item.pk.slice(MESSAGE_PREFIX.length),
    createdAt: item.sk,
    text: item.message,
    sender: memberOf(item),
  };
}

export function conversationOf(row: ConversationRow): Conversation {
  return {
    uuid: row.message_group_uuid,
    memberUuid: row.pk.slice(INBOX_PREFIX.length),
    movedAt: row.sk,
    newestText: row.message,
    other: memberOf(row),
  };
}

/** The rows that put a conversation, at its first message, into the inbox of each of its members. */
export function conversationRows(members: readonly Member[], first: Message): ConversationRow[] {
  return members.map((member) => {
    const other = members.find(({ uuid }) => uuid !== member.uuid) ?? member;
    return {
      pk: inboxKey(member.uuid),
      sk: first.createdAt,
      message_group_uuid: first.conversationUuid,
      message: first.text,
      user_uuid: other.uuid,
      user_display_name: other.displayName,
      user_handle: other.handle,
      ...(members.length > 2 && { member_uuids: new Set(members.map(({ uuid }) => uuid)) }),
    };
  });
}

function memberOf(item: MessageItem | ConversationRow): Member {
  return { uuid: item.user_uuid, displayName: item.user_display_name, handle: item.user_handle };
}
