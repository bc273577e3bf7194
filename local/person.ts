import { randomUUID } from "node:crypto";
import type { Member } from "../messaging/items.ts";

/** A member of conversations who wasn't there before. */
export const person = (displayName: string): Member => ({
  uuid: randomUUID(),
  displayName,
  handle: displayName.toLowerCase(),
});
