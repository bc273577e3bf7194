/** A query that is saved in the workgroup. */
export interface NamedQuery {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

/** The questions that are asked most, over the views of the newest export. */
export const namedQueries: readonly NamedQuery[] = [
  {
    name: "messages-per-day",
    description: "How many messages were written each day, in how many conversations and by how many senders",
    sql: `SELECT date(created_at) AS day, count(*) AS messages,
  count(DISTINCT conversation_uuid) AS conversations, count(DISTINCT sender_uuid) AS senders
FROM messages
GROUP BY date(created_at)
ORDER BY day DESC`,
  },
  {
    name: "busiest-senders",
    description: "The 100 who wrote most messages, with the newest handle of each",
    sql: `SELECT sender_uuid, max_by(sender_handle, created_at) AS handle, count(*) AS messages,
  count(DISTINCT conversation_uuid) AS conversations, max(created_at) AS newest
FROM messages
GROUP BY sender_uuid
ORDER BY messages DESC, sender_uuid
LIMIT 100`,
  },
  {
    name: "silent-conversations",
    description: "Conversations without a message in the 30 days before the export, the longest silent first",
    sql: `SELECT conversation_uuid, max(created_at) AS newest, count(*) AS messages,
  date_diff('day', date(max(created_at)), max(exported_on)) AS silent_days
FROM messages
GROUP BY conversation_uuid
HAVING date_diff('day', date(max(created_at)), max(exported_on)) > 30
ORDER BY newest, conversation_uuid`,
  },
  {
    name: "largest-conversations",
    description:
      "The 100 conversations with most messages, how long they are and how many have them in their inbox",
    sql: `WITH inboxes AS (
  SELECT conversation_uuid, count(*) AS members FROM conversation_rows GROUP BY conversation_uuid
)
SELECT messages.conversation_uuid, count(*) AS messages, sum(length(messages.text)) AS characters,
  max(inboxes.members) AS members
FROM messages LEFT JOIN inboxes ON inboxes.conversation_uuid = messages.conversation_uuid
GROUP BY messages.conversation_uuid
ORDER BY messages DESC, messages.conversation_uuid
LIMIT 100`,
  },
];
