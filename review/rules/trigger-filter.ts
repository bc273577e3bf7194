import {
  type Attributes,
  blockOf,
  blocksOf,
  containsUnknownOrHidden,
  parseJson,
  textOf,
} from "../plan/value.ts";
import { BLOCKED, CARE, type RuleFinding } from "./rule.ts";

/**
 * Compares the filters of an event source mapping. A record passes if one pattern matches it; a pattern matches if all
 * its fields do, a field if one of its values does:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function checkFilter(
  before: Attributes,
  after: Attributes,
): Pick<RuleFinding, "level" | "what" | "instead"> | undefined {
  if (containsUnknownOrHidden(after["filter_criteria"])) return undefined;
  const [from, to] = [patternsOf(before), patternsOf(after)];
  const isNarrower = !from.every((old) => to.some((pattern) => patternCovers(pattern, old)));
  const isWider = !to.every((pattern) => from.some((old) => patternCovers(old, pattern)));
  const change = `from ${formatPatterns(from)} to ${formatPatterns(to)}`;
  if (isNarrower)
    return {
      level: BLOCKED,
      what: `The trigger's filter accepts ${isWider ? "different" : "fewer"} records: ${change}. The others are never processed.`,
      instead: "Filter less, and let the function skip the records that it doesn't need.",
    };
  if (!isWider) return undefined;
  return {
    level: CARE,
    what: `The trigger's filter accepts more records: ${change}. The function is invoked, and billed, more often; its own writes may invoke it too.`,
    instead:
      "Make sure that the function skips records that it can't handle, and that its own writes don't invoke it again.",
  };
}

/** The filters' patterns. No filter is the same as the empty pattern: both accept every record. */
function patternsOf(mapping: Attributes): readonly unknown[] {
  const patterns = blocksOf(blockOf(mapping, "filter_criteria"), "filter")
    .map((filter) => textOf(filter, "pattern"))
    .filter((pattern) => pattern !== undefined)
    .map((pattern) => parseJson(pattern) ?? pattern);
  return patterns.length > 0 ? patterns : [{}];
}

/** Whether `wide` matches every record that `narrow` matches; false if in doubt. */
function patternCovers(wide: unknown, narrow: unknown): boolean {
  if (Array.isArray(wide))
    return Array.isArray(narrow) && narrow.every((value) => wide.some((other) => valueCovers(other, value)));
  if (!isObject(wide)) return wide === narrow;
  if (!isObject(narrow)) return false;
  return Object.entries(wide).every(
    ([field, pattern]) => field in narrow && patternCovers(pattern, narrow[field]),
  );
}

/** Whether a value of a field is the same as another, or a prefix that matches it. */
function valueCovers(wide: unknown, narrow: unknown): boolean {
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

const formatPatterns = (patterns: readonly unknown[]) =>
  patterns.map((pattern) => JSON.stringify(pattern)).join(" or ");
