import { randomBytes } from "node:crypto";

/**
 * Begins every uuid of a smoke test's conversation and of its members. It is of version 8, which no generator of
 * users' uuids makes (they are of version 4): https://www.rfc-editor.org/rfc/rfc9562#section-5.8
 */
export const CANARY_PREFIX = "cafe0000-0000-8000-8000-";

/** The members of every canary conversation: what a smoke test that was killed has left is found in their inboxes. */
export const CANARY_MEMBERS = [
  { uuid: `${CANARY_PREFIX}000000000001`, displayName: "Canary One", handle: "canary-one" },
  { uuid: `${CANARY_PREFIX}000000000002`, displayName: "Canary Two", handle: "canary-two" },
] as const;

/** A uuid for a canary conversation. */
export const canaryUuid = () => `${CANARY_PREFIX}${randomBytes(6).toString("hex")}`;

/** Whether a uuid is a smoke test's, and so no user's. */
export const isCanary = (uuid: string) => uuid.startsWith(CANARY_PREFIX);
