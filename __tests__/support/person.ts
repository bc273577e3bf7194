import type { Member } from "../../messaging/items.ts";

/** A member of conversations. */
export const person = (uuid: string): Member => ({ uuid, displayName: uuid.toUpperCase(), handle: uuid });
