import { INBOX_PREFIX, MESSAGE_PREFIX } from "../../messaging/items.ts";

const DAY = 86_400_000;
const CONVERSATIONS = 300;
const SENDERS = 80;

/** Texts that a careless reader of lines, quotes or characters gets wrong. */
const ODD = [
  'a "quoted" text, with a comma',
  "one line\nand another\r\nand a third",
  "emoji 🚀, a family 👨‍👩‍👧 and a flag 🇨🇦",
  "back\\slash, tab\t, nul\u0000 and \u2028 separators",
  '{"Item": {"pk": {"S": "MSG#fake"}}}',
  "'; DROP TABLE messages; --",
  "ß İ ﬀ e\u0301",
  " ",
  "x".repeat(100_000),
];

type Counts = Readonly<Record<string, string>>;

/**
 * Generates messages of the hundred days before a time, always the same, with the rows of their conversations.
 * @returns the items, and what each named query has to count of them, by a count of its own.
 */
export function generatedMessages(number: number, before: number) {
  const random = randomNumbers(17);
  const messages = Array.from({ length: number }, (_, index) => {
    const conversation = `g${Math.floor(random() ** 2 * CONVERSATIONS)}`;
    const sender = `s${String(Math.floor(random() ** 2 * SENDERS)).padStart(2, "0")}`;
    // None is of the days on which a test writes others. Of the conversations with an even number, none is newer than forty days.
    const age = Number(conversation.slice(1)) % 2 === 0 ? 40 + random() * 60 : 2 + random() * 98;
    const time = Math.floor(before - age * DAY - index / number);
    const text = index % 100 === 0 ? (ODD[(index / 100) % ODD.length] ?? "") : `message ${index}`;
    return { uuid: `m${index}`, conversation, sender, createdAt: isoOf(time, index), text };
  });
  const conversations = grouped(messages, ({ conversation }) => conversation);
  const rows = [...conversations].flatMap(([conversation, of]) =>
    ["one", "two"].map((member) => ({
      pk: `${INBOX_PREFIX}${conversation}-${member}`,
      sk: newestOf(of).createdAt,
      message_group_uuid: conversation,
      message: "newest",
      user_uuid: "u",
      user_display_name: "U",
      user_handle: "u",
      member_count: 2,
    })),
  );
  const items = messages.map(({ uuid, conversation, sender, createdAt, text }) => ({
    pk: `${MESSAGE_PREFIX}${conversation}`,
    sk: createdAt,
    message: text,
    message_uuid: uuid,
    user_uuid: sender,
    user_display_name: sender,
    user_handle: `${sender}-handle`,
  }));
  return { items: [...items, ...rows], counts: countsOf(messages, before) };
}

interface Generated {
  readonly uuid: string;
  readonly conversation: string;
  readonly sender: string;
  readonly createdAt: string;
  readonly text: string;
}

function countsOf(messages: readonly Generated[], before: number) {
  const by = (key: (message: Generated) => string) => [...grouped(messages, key)];
  const distinct = (of: readonly Generated[], key: keyof Generated) =>
    String(new Set(of.map((message) => message[key])).size);
  const descending = (one: Counts, other: Counts) => Number(other["messages"]) - Number(one["messages"]);
  const day = (iso: string) => iso.slice(0, 10);
  const today = Date.parse(day(new Date(before).toISOString()));
  return {
    perDay: by(({ createdAt }) => day(createdAt))
      .map(([date, of]): Counts => ({
        day: date,
        messages: String(of.length),
        conversations: distinct(of, "conversation"),
        senders: distinct(of, "sender"),
      }))
      .sort((one, other) => ((one["day"] ?? "") < (other["day"] ?? "") ? 1 : -1)),
    busiestSenders: by(({ sender }) => sender)
      .map(([sender, of]): Counts => ({
        sender_uuid: sender,
        handle: `${sender}-handle`,
        messages: String(of.length),
        conversations: distinct(of, "conversation"),
        newest: shown(newestOf(of).createdAt),
      }))
      .sort((one, other) => descending(one, other) || compare(one, other, "sender_uuid")),
    silentConversations: by(({ conversation }) => conversation)
      .map(([conversation, of]): Counts => {
        const newest = newestOf(of).createdAt;
        return {
          conversation_uuid: conversation,
          newest: shown(newest),
          messages: String(of.length),
          silent_days: String((today - Date.parse(day(newest))) / DAY),
        };
      })
      .filter(({ silent_days: days }) => Number(days) > 30)
      .sort((one, other) => compare(one, other, "newest") || compare(one, other, "conversation_uuid")),
    largestConversations: by(({ conversation }) => conversation)
      .map(([conversation, of]): Counts => ({
        conversation_uuid: conversation,
        messages: String(of.length),
        characters: String(of.reduce((sum, { text }) => sum + Array.from(text).length, 0)),
        members: "2",
      }))
      .sort((one, other) => descending(one, other) || compare(one, other, "conversation_uuid")),
    texts: new Map(messages.map(({ uuid, text }) => [uuid, text])),
  };
}

function grouped(
  messages: readonly Generated[],
  key: (message: Generated) => string,
): Map<string, Generated[]> {
  const groups = new Map<string, Generated[]>();
  for (const message of messages) groups.set(key(message), [...(groups.get(key(message)) ?? []), message]);
  return groups;
}

const compare = (one: Counts, other: Counts, key: string) =>
  (one[key] ?? "") < (other[key] ?? "") ? -1 : one[key] === other[key] ? 0 : 1;

const newestOf = (messages: readonly Generated[]) =>
  messages.reduce((newest, message) => (message.createdAt > newest.createdAt ? message : newest));

/** A time of messages: microseconds, of which the last three tell messages of one millisecond apart. */
const isoOf = (time: number, index: number) =>
  new Date(time).toISOString().replace("Z", `${String(index % 1_000).padStart(3, "0")}Z`);

/** A time as Athena shows it, in milliseconds. */
const shown = (iso: string) => iso.slice(0, 23).replace("T", " ");

/** Numbers from 0 to 1 that are the same each time: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
