import {
  type Attributes,
  blockOf,
  blocksOf,
  contains,
  isAttributes,
  isList,
  isUnknownOrHidden,
  parseJson,
  textOf,
  type Value,
} from "../plan/value.ts";
import { BLOCKED, CARE, type RuleFinding } from "./rule.ts";

/**
 * Compares the filters of an event source mapping. A record passes if one pattern matches it; a pattern matches if all
 * its fields do, a field if one of its values does:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function checkFilter(before: Attributes, after: Attributes): Omit<RuleFinding, "change"> | [] {
  if (contains(after["filter_criteria"] ?? null, isUnknownOrHidden)) return [];
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
  if (!isWider) return [];
  return {
    level: CARE,
    what: `The trigger's filter accepts more records: ${change}. The function is invoked, and billed, more often; its own writes may invoke it too.`,
    instead:
      "Make sure that the function skips records that it can't handle, and that its own writes don't invoke it again.",
  };
}

/** The filters' patterns. No filter is the same as the empty pattern: both accept every record. */
function patternsOf(mapping: Attributes): readonly Value[] {
  const patterns = blocksOf(blockOf(mapping, "filter_criteria"), "filter").flatMap((filter) => {
    const pattern = textOf(filter, "pattern");
    return pattern === undefined ? [] : [parseJson(pattern) ?? pattern];
  });
  return patterns.length > 0 ? patterns : [{}];
}

/** Whether `wide` matches every record that `narrow` matches; false if in doubt. */
function patternCovers(wide: Value, narrow: Value): boolean {
  if (isList(wide))
    return isList(narrow) && narrow.every((value) => wide.some((other) => valueCovers(other, value)));
  if (!isAttributes(wide)) return wide === narrow;
  if (!isAttributes(narrow)) return false;
  return Object.entries(wide).every(
    ([field, pattern]) => field in narrow && patternCovers(pattern, narrow[field] ?? null),
  );
}

/** Whether a value of a field is the same as another, or a prefix that matches it. */
function valueCovers(wide: Value, narrow: Value): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow)) return true;
  const [prefix, inner] = [prefixOf(wide), prefixOf(narrow) ?? narrow];
  return typeof prefix === "string" && typeof inner === "string" && inner.startsWith(prefix);
}

const prefixOf = (value: Value): Value | undefined =>
  isAttributes(value) && Object.keys(value).length === 1 ? value["prefix"] : undefined;

const formatPatterns = (patterns: readonly Value[]) =>
  patterns.map((pattern) => JSON.stringify(pattern)).join(" or ");
