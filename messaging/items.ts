/** A user, as stored in messages and conversation rows. */
export interface Member {
  readonly uuid: string;
  readonly displayName: string;
  readonly handle: string;
}

/** One message of a conversation. */
export interface Message {
  readonly uuid: string;
  readonly conversationUuid: string;
  /** ISO 8601. It is the sort key, so it is unique in a conversation. */
  readonly createdAt: string;
  readonly text: string;
  readonly sender: Member;
}

/** A conversation in one member's inbox. */
export interface Conversation {
  readonly uuid: string;
  /** The member with this inbox. */
  readonly memberUuid: string;
  /** Creation time of the newest message, ISO 8601. The inbox is sorted by it. */
  readonly movedAt: string;
  /** Text of the newest message. */
  readonly newestText: string;
  /** The other member; in a conversation of more than two, one of them. */
  readonly other: Member;
}

/** A message as stored in the table. */
export interface MessageItem {
  readonly pk: string;
  readonly sk: string;
  readonly message: string;
  readonly message_uuid: string;
  readonly user_uuid: string;
  readonly user_display_name: string;
  readonly user_handle: string;
}

/** A conversation row as stored in the table, one per member. */
export interface ConversationRow {
  readonly pk: string;
  readonly sk: string;
  readonly message_group_uuid: string;
  readonly message: string;
  readonly user_uuid: string;
  readonly user_display_name: string;
  readonly user_handle: string;
  /** All members. Optional in a conversation of two, where `user_uuid` is the other member. */
  readonly member_uuids?: Set<string>;
}

/** Prefix of the partition key of a message. */
export const MESSAGE_PREFIX = "MSG#";

/** Prefix of the partition key of a conversation row. */
export const INBOX_PREFIX = "GRP#";

/** Partition key of a conversation's messages. */
export const messagesKey = (conversationUuid: string) => `${MESSAGE_PREFIX}${conversationUuid}`;

/** Partition key of a member's conversation rows. */
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

/** The conversation rows of all members at the first message. */
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

/** Every attribute of messages and conversation rows. */
export function itemAttributes(): ReadonlySet<string> {
  const member: Member = { uuid: "", displayName: "", handle: "" };
  const message: Message = { uuid: "", conversationUuid: "", createdAt: "", text: "", sender: member };
  // Three members, so that the rows have the attributes of a larger conversation too.
  const items = [messageItem(message), ...conversationRows([member, member, member], message)];
  return new Set(items.flatMap((item) => Object.keys(item)));
}

function memberOf(item: MessageItem | ConversationRow): Member {
  return { uuid: item.user_uuid, displayName: item.user_display_name, handle: item.user_handle };
}
