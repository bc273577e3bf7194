import { randomBytes } from "node:crypto";

/**
 * Prefix of the uuids of a smoke test's conversation and members. They are of version 8, so they never equal a uuid of
 * the application, which are of version 4: https://www.rfc-editor.org/rfc/rfc9562#section-5.8
 */
export const CANARY_PREFIX = "cafe0000-0000-8000-8000-";

/** The members of every canary conversation. The same for all, so that a smoke test finds what an interrupted one left. */
export const CANARY_MEMBERS = [
  { uuid: `${CANARY_PREFIX}000000000001`, displayName: "Canary One", handle: "canary-one" },
  { uuid: `${CANARY_PREFIX}000000000002`, displayName: "Canary Two", handle: "canary-two" },
] as const;

/** Generates the uuid of a canary conversation. */
export const canaryUuid = () => `${CANARY_PREFIX}${randomBytes(6).toString("hex")}`;

/** Whether a uuid belongs to a smoke test. */
export const isCanary = (uuid: string) => uuid.startsWith(CANARY_PREFIX);
