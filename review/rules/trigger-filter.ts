import { BLOCKED, CARE, type RuleFinding } from "./rule.ts";
import { type Attributes, blockOf, blocksOf, containsUnknownOrHidden, textOf } from "../plan/value.ts";

/**
 * What became of the filter of a mapping, if anything. Filters are or'ed, the fields of one are and'ed, the values
 * of a field are or'ed: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function checkFilter(
  before: Attributes,
  after: Attributes,
): Pick<RuleFinding, "level" | "what" | "instead"> | undefined {
  if (containsUnknownOrHidden(after["filter_criteria"])) return undefined;
  const [was, is] = [patternsOf(before), patternsOf(after)];
  const narrower = !was.every((old) => is.some((renewed) => passes(renewed, old)));
  const wider = !is.every((renewed) => was.some((old) => passes(old, renewed)));
  if (narrower)
    return {
      level: BLOCKED,
      what: `The filter of the trigger lets through ${wider ? "other records" : "fewer records"}: from ${shown(was)} to ${shown(is)}. What it holds back is never handled.`,
      instead: "Filter less, and let the function skip what it doesn't want.",
    };
  if (!wider) return undefined;
  return {
    level: CARE,
    what: `The filter of the trigger lets through more records: from ${shown(was)} to ${shown(is)}. The function is invoked, and paid for, more often, for its own writes too where they pass.`,
    instead:
      "Make sure that the function skips what it wasn't made for, and that what it writes doesn't invoke it again.",
  };
}

/** The filters' patterns; no filter lets all through, as the empty pattern does. */
function patternsOf(mapping: Attributes): readonly unknown[] {
  const patterns = blocksOf(blockOf(mapping, "filter_criteria"), "filter")
    .map((filter) => textOf(filter, "pattern"))
    .filter((pattern) => pattern !== undefined)
    .map(parsed);
  return patterns.length > 0 ? patterns : [{}];
}

function parsed(pattern: string): unknown {
  try {
    return JSON.parse(pattern);
  } catch {
    return pattern;
  }
}

/** Whether every record that `narrow` lets through, `wide` lets through too. Never true where it isn't so. */
function passes(wide: unknown, narrow: unknown): boolean {
  if (Array.isArray(wide))
    return Array.isArray(narrow) && narrow.every((value) => wide.some((other) => matches(other, value)));
  if (!isObject(wide)) return wide === narrow;
  if (!isObject(narrow)) return false;
  return Object.entries(wide).every(([field, pattern]) => field in narrow && passes(pattern, narrow[field]));
}

/** Whether a value of a field covers another: itself, or a prefix of it. */
function matches(wide: unknown, narrow: unknown): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow)) return true;
  const [prefix, inner] = [prefixOf(wide), prefixOf(narrow) ?? narrow];
  return prefix !== undefined && typeof inner === "string" && inner.startsWith(prefix);
}

const prefixOf = (value: unknown): string | undefined => {
  const prefix = isObject(value) && Object.keys(value).length === 1 ? value["prefix"] : undefined;
  return typeof prefix === "string" ? prefix : undefined;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const shown = (patterns: readonly unknown[]) =>
  patterns.map((pattern) => JSON.stringify(pattern)).join(" or ");
