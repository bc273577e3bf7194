import { asNumber, isEmpty, isList, type Value } from "../plan/value.ts";

/** A change of a setting that does harm: where its line is, and how a sentence says that it was crossed. */
export interface Harm {
  /** Ends the sentence "the rule finds that <setting> …". */
  readonly line: string;
  /**
   * @param from the value before; undefined if there was none, or the resource is new.
   * @returns what happens, as the end of a sentence that begins with the setting; undefined if it does no harm.
   */
  describe(from: Value | undefined, to: Value | undefined): string | undefined;
}

/** A protection is off afterwards: false, or not there any more. */
export const turnedOff: Harm = {
  line: "is turned off",
  describe: (from, to) => (from === true && to !== true ? "is turned off" : undefined),
};

/** Something dangerous is on afterwards. */
export const turnedOn: Harm = {
  line: "is turned on",
  describe: (from, to) => (from !== true && to === true ? "is turned on" : undefined),
};

/** A text becomes one of these; an absent value counts as `""`. */
export const becomes = (...values: readonly string[]): Harm => ({
  line: `becomes ${values.map((value) => (value === "" ? "empty" : `\`${value}\``)).join(" or ")}`,
  describe(from, to) {
    const [old, now] = [from, to].map((value) => (typeof value === "string" ? value : ""));
    if (now === undefined || old === now || !values.includes(now)) return undefined;
    return old === "" || old === undefined ? `is ${now}` : `changes from ${old} to ${now || "none"}`;
  },
});

/** A text leaves one of these values, the strongest first, for a weaker one; any other value is weaker than they. */
export const leaves = (...strongest: readonly string[]): Harm => {
  const rank = (value: Value | undefined) => {
    const place = strongest.findIndex((one) => one === value);
    return place < 0 ? strongest.length : place;
  };
  return {
    line: `is no longer ${strongest.map((value) => `\`${value}\``).join(" or ")}`,
    describe: (from, to) =>
      rank(from) < rank(to)
        ? `changes from ${strongest[rank(from)] ?? ""} to ${typeof to === "string" && to !== "" ? to : "none"}`
        : undefined,
  };
};

/** A list or text is empty afterwards, or gone. */
export const emptied: Harm = {
  line: "is emptied",
  describe: (from, to) => (!isEmpty(from) && isEmpty(to) ? "is emptied" : undefined),
};

/** A list is shorter afterwards. */
export const shortened: Harm = {
  line: "is shortened or emptied",
  describe(from, to) {
    const [old, now] = [from, to].map((value) => (isList(value) ? value.length : 0));
    if (old === undefined || now === undefined || now >= old) return undefined;
    return now === 0 ? "is emptied" : `is shortened from ${old} to ${now}`;
  },
};

/** How far a number may go before it does harm, and its unit. */
export interface Limit {
  /** The unit in words: "days". */
  readonly unit: string;
  /** Harmful below this part of the former value. Default: 1, so any lower value is. */
  readonly part?: number;
  /** Harmful below this value, whatever it was before. Default: none. */
  readonly below?: number;
  /** What an absent value means. Default: 0. */
  readonly absent?: number;
  /** The value that means "without end". Default: none. */
  readonly endless?: number;
}

/** A number is lowered by more than the limit says. */
export const lowered = ({ unit, part = 1, below, absent = 0, endless }: Limit): Harm => ({
  line: [
    part === 0 || part === 1 ? "is lowered" : `is lowered to less than ${Math.round(part * 100)} %`,
    ...(below === undefined ? [] : [`${part === 0 ? "" : "or "}below ${below} ${unit}`]),
  ].join(" "),
  describe(from, to) {
    const [old, now] = [from, to]
      .map((value) => asNumber(value) ?? absent)
      .map((value) => (value === endless ? Infinity : value));
    if (from === undefined || old === undefined || now === undefined || now >= old) return undefined;
    // Without a part, nothing of no limit either.
    if (now >= (part === 0 ? 0 : old * part) && (below === undefined || now >= below)) return undefined;
    return old === Infinity
      ? `is limited to ${now} ${unit}, from no limit`
      : `is lowered from ${old} to ${now} ${unit}`;
  },
});

/** A text changes to one of these; unlike with `becomes`, it has to be there before. */
export function changesTo(...values: readonly string[]): Harm {
  const harm = becomes(...values);
  return { line: harm.line, describe: (from, to) => (isEmpty(from) ? undefined : harm.describe(from, to)) };
}

/** A text changes. */
export const changes: Harm = {
  line: "changes",
  describe: (from, to) =>
    typeof from === "string" && typeof to === "string" && from !== to
      ? `changes from ${from} to ${to}`
      : undefined,
};

/** A number becomes 0. */
export const becomesZero: Harm = {
  line: "becomes 0",
  describe: (from, to) => (to === 0 && from !== 0 ? "becomes 0" : undefined),
};

/** A number is raised above this. */
export const raisedAbove = (limit: number, unit: string): Harm => ({
  line: `is raised above ${limit} ${unit}`,
  describe(from, to) {
    const old = typeof from === "number" ? from : 0;
    return typeof to === "number" && to > limit && to > old
      ? `is raised from ${old} to ${to} ${unit}`
      : undefined;
  },
});

/** A list gets this item. */
export const gains = (item: string): Harm => ({
  line: `gets \`${item}\``,
  describe: (from, to) => (includes(to, item) && !includes(from, item) ? `gets ${item}` : undefined),
});

const includes = (value: Value | undefined, item: string) => isList(value) && value.includes(item);
