import type { Difference } from "./document.ts";
import { parsePolicy } from "../policy/statement.ts";
import { areEquivalent } from "../policy/widening.ts";
import {
  type Attributes,
  HiddenValue,
  isAttributes,
  isList,
  isEmpty,
  isSame,
  isUnknownOrHidden,
  jsonIn,
  textOf,
  UNKNOWN,
  type Value,
} from "../plan/value.ts";

/** The attributes that name an item of a list, the first that all items have and in which they differ. */
const NAMES = ["name", "region_name", "attribute_name", "key", "Sid", "id"];

/** Attributes that only repeat others. */
const REPETITIONS = new Set([
  "tags_all",
  "id",
  "stream_label",
  "qualified_arn",
  "qualified_invoke_arn",
  "last_modified",
]);

/**
 * What is different between two states of a resource: nested attributes one by one, items of a list by their names,
 * JSON by its meaning. What means the same isn't told.
 */
export function diffAttributes(before: Attributes = {}, after: Attributes = {}): Difference[] {
  const attributes = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const told = (repetitions: boolean) =>
    attributes
      .filter((attribute) => REPETITIONS.has(attribute) === repetitions)
      .flatMap((attribute) => diffValues(attribute, before[attribute] ?? null, after[attribute] ?? null));
  const own = told(false);
  return own.length > 0 ? own : told(true);
}

/** What is different between two values of one name. */
export function diffValues(attribute: string, before: Value, after: Value): Difference[] {
  if (before === after || (isEmpty(before) && isEmpty(after))) return [];
  if (isUnknownOrHidden(before) || isUnknownOrHidden(after)) {
    const same = before instanceof HiddenValue && before.equals(after);
    return same ? [] : [difference(attribute, before, after)];
  }
  const [old, renewed] = [parsed(before), parsed(after)];
  if (isAttributes(old) || isAttributes(renewed))
    return compareAttributes(attribute, old, renewed, before, after);
  if (isList(old) || isList(renewed)) return compareLists(attribute, items(old), items(renewed));
  return isSame(before, after) ? [] : [difference(attribute, before, after)];
}

function compareAttributes(
  attribute: string,
  old: Value,
  renewed: Value,
  before: Value,
  after: Value,
): Difference[] {
  if (!isAttributes(old) || !isAttributes(renewed)) {
    // A new or removed block is told by what is in it; other kinds of values, whole.
    if (!isEmpty(old) && !isEmpty(renewed)) return [difference(attribute, before, after)];
    const [from, to] = [isAttributes(old) ? old : {}, isAttributes(renewed) ? renewed : {}];
    return nested(attribute, from, to);
  }
  if (typeof before === "string" && typeof after === "string" && mean(before, after)) return [];
  return nested(attribute, old, renewed);
}

/** Whether two policies allow the same, however they are written. */
function mean(before: string, after: string): boolean {
  const [one, other] = [parsePolicy(before), parsePolicy(after)];
  return one !== undefined && other !== undefined && areEquivalent(one, other);
}

const nested = (attribute: string, before: Attributes, after: Attributes): Difference[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .flatMap((key) => diffValues(`${attribute}.${key}`, before[key] ?? null, after[key] ?? null));

function compareLists(attribute: string, before: readonly Value[], after: readonly Value[]): Difference[] {
  const [only] = before;
  const [other] = after;
  // Terraform writes a single block as a list of one.
  if (
    before.length <= 1 &&
    after.length <= 1 &&
    (isAttributes(only) || isAttributes(other)) &&
    !namedBy([...before, ...after])
  )
    return diffValues(attribute, only ?? null, other ?? null);
  const name = namedBy(before) ?? namedBy(after);
  if (name !== undefined && (namedBy(before) ?? name) === (namedBy(after) ?? name))
    return compareNamed(attribute, name, before, after);
  return compareUnnamed(attribute, before, after);
}

/** The attribute that names each item, when all have it and no two share it. */
function namedBy(list: readonly Value[]): string | undefined {
  if (list.length === 0 || !list.every(isAttributes)) return undefined;
  const blocks: readonly Attributes[] = list.filter(isAttributes);
  return NAMES.find((name) => {
    const names = blocks.map((block) => block[name]);
    return (
      names.every((text) => typeof text === "string" && text !== "") && new Set(names).size === names.length
    );
  });
}

function compareNamed(
  attribute: string,
  name: string,
  before: readonly Value[],
  after: readonly Value[],
): Difference[] {
  const [old, renewed] = [byName(before, name), byName(after, name)];
  // A statement under another name is the same statement.
  const others = (items: ReadonlyMap<string, Attributes>) =>
    name === "Sid" ? [...items.values()].map(withoutName) : [];
  const [olds, reneweds] = [others(old), others(renewed)];
  return [...new Set([...old.keys(), ...renewed.keys()])].flatMap((key) => {
    const [from, to] = [old.get(key), renewed.get(key)];
    const place = `${attribute}[${key}]`;
    if (from && to) return nested(place, from, to);
    const only = withoutName(from ?? to ?? {});
    return (from ? reneweds : olds).some((other) => isSame(other, only))
      ? []
      : [difference(place, from ?? null, to ?? null)];
  });
}

const byName = (list: readonly Value[], name: string): ReadonlyMap<string, Attributes> =>
  new Map(list.filter(isAttributes).map((block) => [textOf(block, name) ?? "", block] as const));

const withoutName = ({ Sid: _, ...statement }: Attributes): Attributes => statement;

/** What went and what came; the rest is the same, in whatever order. */
function compareUnnamed(attribute: string, before: readonly Value[], after: readonly Value[]): Difference[] {
  const removed = before.filter((value) => !after.some((other) => isSame(value, other)));
  const added = after.filter((value) => !before.some((other) => isSame(value, other)));
  if (removed.length === 1 && added.length === 1 && before.length === 1)
    return diffValues(`${attribute}[0]`, removed[0] ?? null, added[0] ?? null);
  const told = [
    ...removed.map((value) => difference(attribute, value, null)),
    ...added.map((value) => difference(attribute, null, value)),
  ];
  if (told.length > 0 || before.length !== after.length) return told;
  const moved = before.some((value, index) => !isSame(value, after[index]));
  return moved ? [{ attribute, kind: "reordered" }] : [];
}

const items = (value: Value): readonly Value[] => (isList(value) ? value : isEmpty(value) ? [] : [value]);

/** Text that holds JSON, as what it holds. */
const parsed = (value: Value): Value => (typeof value === "string" ? (jsonIn(value) ?? value) : value);

function difference(attribute: string, before: Value, after: Value): Difference {
  if (isEmpty(before)) return { attribute, kind: "added", after: shown(after) };
  if (isEmpty(after)) return { attribute, kind: "removed", before: shown(before) };
  return { attribute, kind: "changed", before: shown(before), after: shown(after) };
}

/** The longest text of a value; what is longer is a file's content, not a setting. */
const LONGEST = 300;

/** A value as people read it. */
export function shown(value: Value): string {
  const text = written(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}

function written(value: Value): string {
  if (value === UNKNOWN) return "(known after apply)";
  if (value instanceof HiddenValue) return "(hidden)";
  if (isList(value)) return `[${value.map(written).join(", ")}]`;
  if (isAttributes(value))
    return `{${Object.entries(value)
      .filter(([, inner]) => !isEmpty(inner))
      .map(([key, inner]) => `${key}: ${written(inner)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}
