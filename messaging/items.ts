import { laterBy } from "./message-time.ts";
import { previewOf } from "./preview.ts";

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
  /** Creation time of the newest message, ISO 8601. */
  readonly movedAt: string;
  /** Beginning of the newest message's text; whole unless it is long. */
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
  /** Number of members with a row of this conversation. Rows of writers that don't set it lack it until they move. */
  readonly member_count?: number;
  /** Time of the newest message, in a row whose `sk` is later because another conversation's row has the same time. */
  readonly message_created_at?: string;
  /** All members, in a row of before that has not moved since; they are in the `MembersItem` now. */
  readonly member_uuids?: Set<string>;
}

/** All members that a conversation of more than two ever had, as stored in the table. */
export interface MembersItem {
  readonly pk: string;
  readonly sk: typeof MEMBERS_SORT_KEY;
  readonly member_uuids: Set<string>;
}

/** Prefix of the partition key of a message. */
export const MESSAGE_PREFIX = "MSG#";

/** Prefix of the partition key of a conversation row. */
export const INBOX_PREFIX = "GRP#";

/** Prefix of the partition key of a members item. */
export const MEMBERS_PREFIX = "MEM#";

/** Sort key of every members item. */
export const MEMBERS_SORT_KEY = "members";

/** Partition key of a conversation's messages. */
export const messagesKey = (conversationUuid: string) => `${MESSAGE_PREFIX}${conversationUuid}`;

/** Partition key of a member's conversation rows. */
export const inboxKey = (memberUuid: string) => `${INBOX_PREFIX}${memberUuid}`;

/** Partition key of a conversation's members item. */
export const membersKey = (conversationUuid: string) => `${MEMBERS_PREFIX}${conversationUuid}`;

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
    movedAt: row.message_created_at ?? row.sk,
    newestText: row.message,
    other: memberOf(row),
  };
}

/**
 * The conversation rows of all members at the first message.
 * @param shifts microseconds after the message's time, for members with another conversation's row at that time.
 */
export function conversationRows(
  members: readonly Member[],
  first: Message,
  shifts: ReadonlyMap<string, number> = new Map(),
): ConversationRow[] {
  return members.map((member) => {
    const other = members.find(({ uuid }) => uuid !== member.uuid) ?? member;
    const shift = shifts.get(member.uuid) ?? 0;
    const row = {
      pk: inboxKey(member.uuid),
      sk: shift > 0 ? laterBy(shift, first.createdAt) : first.createdAt,
      message_group_uuid: first.conversationUuid,
      user_uuid: other.uuid,
      user_display_name: other.displayName,
      user_handle: other.handle,
      member_count: members.length,
      ...(shift > 0 && { message_created_at: first.createdAt }),
    };
    return { ...row, message: previewOf(first.text, row) };
  });
}

/** The members item of a conversation; in a conversation of two, each row names the other member, and it needs none. */
export function membersItems(members: readonly Member[], conversationUuid: string): MembersItem[] {
  if (members.length <= 2) return [];
  const member_uuids = new Set(members.map(({ uuid }) => uuid));
  return [{ pk: membersKey(conversationUuid), sk: MEMBERS_SORT_KEY, member_uuids }];
}

/** Every attribute of the items of the messages table. */
export function itemAttributes(): ReadonlySet<string> {
  const member: Member = { uuid: "", displayName: "", handle: "" };
  const message: Message = { uuid: "", conversationUuid: "", createdAt: "", text: "", sender: member };
  const members = [member, member, member];
  const rowOfBefore: Partial<ConversationRow> = { message_created_at: "", member_uuids: new Set() };
  const items = [
    messageItem(message),
    ...conversationRows(members, message),
    ...membersItems(members, ""),
    rowOfBefore,
  ];
  return new Set(items.flatMap((item) => Object.keys(item)));
}

function memberOf(item: MessageItem | ConversationRow): Member {
  return { uuid: item.user_uuid, displayName: item.user_display_name, handle: item.user_handle };
}
