import type { Member, Message } from "./items.ts";
import { instantOf, isInFuture } from "./message-time.ts";

/** Maximum characters (Unicode code points) of a message; the application's own limit. */
export const MAXIMUM_TEXT_CHARACTERS = 1_024;

/** Maximum members of a conversation: their rows, the members item and the first message fit into one transaction of 100 actions. */
export const MAXIMUM_MEMBERS = 98;

/** The one form of time in which messages are written, so that their order as text is their order in time. */
const TIME_FORM = /^[^.]+\.\d{6}Z?$/;

/** A message, or a list of members, that breaks a rule. Nothing was written, and no retry can succeed. */
export class InvalidMessageError extends RangeError {
  override readonly name = "InvalidMessageError";
  /** The path of the value, such as `members[1].uuid`. */
  readonly field: string;

  /** @param given the value, but never the text of a message. */
  constructor(field: string, rule: string, given: string) {
    super(`${field} must ${rule} (given ${given})`);
    this.field = field;
  }
}

/** @throws InvalidMessageError */
export function checkMessage({ uuid, conversationUuid, createdAt, text, sender }: Message): void {
  checkString("uuid", uuid);
  checkString("conversationUuid", conversationUuid);
  checkString("createdAt", createdAt);
  if (!TIME_FORM.test(createdAt) || instantOf(createdAt) === undefined) {
    const rule = "be a UTC time with microseconds, such as 2026-03-01T10:00:00.000001Z";
    throw new InvalidMessageError("createdAt", rule, JSON.stringify(createdAt));
  }
  if (isInFuture(createdAt))
    throw new InvalidMessageError("createdAt", "be at most five minutes ahead of the clock", createdAt);
  checkMember("sender", sender);
  const characters = Array.from(text).length;
  checkString("text", text, `${characters} characters`);
  if (characters > MAXIMUM_TEXT_CHARACTERS) {
    const rule = `have at most ${MAXIMUM_TEXT_CHARACTERS} characters`;
    throw new InvalidMessageError("text", rule, `${characters}`);
  }
}

/** @throws InvalidMessageError */
export function checkMembers(members: readonly Member[], { sender }: Message): void {
  if (members.length < 2 || members.length > MAXIMUM_MEMBERS)
    throw new InvalidMessageError("members", `be 2 to ${MAXIMUM_MEMBERS}`, `${members.length}`);
  const uuids = new Set<string>();
  for (const [index, member] of members.entries()) {
    checkMember(`members[${index}]`, member);
    if (uuids.has(member.uuid)) {
      const rule = "differ from the other members'";
      throw new InvalidMessageError(`members[${index}].uuid`, rule, `${JSON.stringify(member.uuid)} twice`);
    }
    uuids.add(member.uuid);
  }
  if (!uuids.has(sender.uuid))
    throw new InvalidMessageError("sender.uuid", "be one of the members'", JSON.stringify(sender.uuid));
}

function checkMember(field: string, { uuid, displayName, handle }: Member): void {
  checkString(`${field}.uuid`, uuid);
  checkString(`${field}.displayName`, displayName);
  checkString(`${field}.handle`, handle);
}

function checkString(field: string, value: unknown, given = JSON.stringify(value)): void {
  if (typeof value !== "string" || value.trim() === "")
    throw new InvalidMessageError(field, "not be empty or blank", given);
  if (/\p{Surrogate}/u.test(value))
    throw new InvalidMessageError(field, "be well-formed Unicode", "half of a surrogate pair");
}
