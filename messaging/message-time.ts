/** How far ahead of the clock a message's creation time may be. A row that moved further would be at the top until then. */
const MAXIMUM_CLOCK_SKEW_MILLISECONDS = 300_000;

/** ISO 8601 with seconds; without a zone it means UTC. */
const FORM = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * The instant of a message's creation time, in milliseconds since 1970.
 * @returns undefined for a text that is no ISO 8601 time, such as February 30.
 */
export function instantOf(time: string): number | undefined {
  const [, seconds, , zone] = FORM.exec(time) ?? [];
  if (seconds === undefined) return undefined;
  const local = Date.parse(`${seconds}Z`);
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(seconds)) return undefined;
  const instant = Date.parse(zone === undefined ? `${time}Z` : time);
  return Number.isNaN(instant) ? undefined : instant;
}

/**
 * Whether a message's creation time is more than five minutes ahead.
 * @param now milliseconds since 1970. Default: the clock's.
 */
export const isInFuture = (time: string, now = Date.now()) =>
  (instantOf(time) ?? 0) > now + MAXIMUM_CLOCK_SKEW_MILLISECONDS;

/** A creation time some microseconds later, in the same form. */
export function laterBy(microseconds: number, time: string): string {
  const [, seconds = "", fraction = "", zone = ""] = FORM.exec(time) ?? [];
  const total = Number(fraction.padEnd(6, "0").slice(0, 6)) + microseconds;
  const carried = Date.parse(`${seconds}Z`) + Math.floor(total / 1_000_000) * 1_000;
  const wholeSeconds = new Date(carried).toISOString().slice(0, seconds.length);
  return `${wholeSeconds}.${`${total % 1_000_000}`.padStart(6, "0")}${fraction.slice(6)}${zone}`;
}
