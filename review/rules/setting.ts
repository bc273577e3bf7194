import { groupBy } from "../plan/group-by.ts";
import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blocksOf, isEmpty, isList, isUnknownOrHidden, type Value } from "../plan/value.ts";
import type { AttributesByType, Found, Levels, RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

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

/** A setting of resources, and the changes of it that do harm. */
export interface HarmfulSetting {
  readonly types: readonly string[];
  /** `attribute`, or `block.attribute` of the first such block. */
  readonly attribute: string;
  /** What the setting is, as the subject of a sentence: "deletion protection". */
  readonly is: string;
  readonly harm: Harm;
  readonly level: Levels;
  /** Whether it does harm on a new resource too. Default: false. */
  readonly alsoNew?: boolean;
  /** Of which of these resources it is a setting that counts. Default: all. */
  readonly appliesTo?: (change: ResourceChange, plan: Plan) => boolean;
  /** The words for that in `finds`: "if an event source mapping invokes it". Default: none. */
  readonly appliesIf?: string;
  /** Default: the rule's reason. */
  readonly why?: string;
  readonly instead: string;
}

/** What the settings find in the resources that are updated, replaced or, if they say so, created. */
export const checkSettings = (plan: Plan, settings: readonly HarmfulSetting[]): RuleFinding[] =>
  settings.flatMap((setting) =>
    plan
      .ofType(...setting.types)
      .filter((change) => setting.appliesTo?.(change, plan) ?? true)
      .flatMap((change) => checkSetting(change, setting)),
  );

function checkSetting(change: ResourceChange, setting: HarmfulSetting): RuleFinding | [] {
  const { action, before, after } = change;
  if (action === "create" ? !setting.alsoNew : action !== "update" && action !== "replace") return [];
  const { attribute, is, harm, level, why, instead } = setting;
  const [from, to] = [valueAt(before, attribute), valueAt(after, attribute)];
  if (isUnknownOrHidden(to)) return [];
  const happens = harm.describe(from, to);
  if (happens === undefined) return [];
  return {
    change,
    level,
    what: `${capitalized(is)} of ${nameOf(change)} ${happens}.`,
    ...(why !== undefined && { why }),
    instead,
  };
}

/** The value of an attribute, or of the attribute of the first block. */
export function valueAt(attributes: Attributes | undefined, path: string): Value | undefined {
  const [name = "", ...rest] = path.split(".");
  const value = attributes?.[name];
  if (rest.length === 0 || isUnknownOrHidden(value)) return value;
  return valueAt(blocksOf(attributes, name)[0], rest.join("."));
}

/** The text with a capital letter at its beginning. */
export const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What `finds` of a rule says of these settings: one case for each setting and level. */
export function findsOfSettings(settings: readonly HarmfulSetting[]): Found[] {
  const cases = groupBy(settings, ({ is, harm, level, alsoNew, appliesIf }) =>
    JSON.stringify([is, harm.line, level, alsoNew, appliesIf]),
  );
  return [...cases.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const types = [...new Set(group.flatMap((one) => one.types))].map((type) => `\`${type}\``);
    const also = first.alsoNew ? ", also of a new resource" : "";
    const when = first.appliesIf === undefined ? "" : `, ${first.appliesIf}`;
    return { level: first.level, what: `${first.is} ${first.harm.line}${also}${when} (${types.join(", ")})` };
  });
}

/** What `judges` of a rule says of these settings. */
export function judgedSettings(settings: readonly HarmfulSetting[]): AttributesByType {
  const judged: Record<string, string[]> = {};
  for (const { types, attribute } of settings)
    for (const type of types) judged[type] = [...(judged[type] ?? []), attribute];
  return judged;
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
      .map((value) => (typeof value === "number" ? value : absent))
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
