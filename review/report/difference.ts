import {
  type Attributes,
  byName,
  HiddenValue,
  isAttributes,
  isEmpty,
  isIdentical,
  isList,
  isSame,
  isUnknownOrHidden,
  namesOfChanged,
  parseJson,
  textOf,
  type Value,
} from "../plan/value.ts";
import { parsePolicy } from "../policy/statement.ts";
import { areEquivalent } from "../policy/widening.ts";
import type { Difference } from "./document.ts";
import { formatValue } from "./format-value.ts";

/** Attributes that can name the items of a list. The first one that is unique in all items counts. */
const NAMES = ["name", "region_name", "attribute_name", "key", "Sid", "id"];

/** Computed attributes that only follow from others; shown if nothing else changes. */
const DERIVED = new Set([
  "tags_all",
  "id",
  "stream_label",
  "qualified_arn",
  "qualified_invoke_arn",
  "last_modified",
]);

/**
 * Compares two states of a resource: nested attributes one by one, list items by their names, JSON by its content.
 * Values with the same meaning are left out.
 */
export function diffAttributes(before: Attributes, after: Attributes): Difference[] {
  const names = namesOfChanged(before, after);
  const diff = (isDerived: boolean) =>
    names
      .filter((name) => DERIVED.has(name) === isDerived)
      .flatMap((name) => diffValues(name, before[name] ?? null, after[name] ?? null));
  const differences = diff(false);
  return differences.length > 0 ? differences : diff(true);
}

/** Compares two values of an attribute or output. */
export function diffValues(attribute: string, before: Value, after: Value): Difference[] {
  if (isIdentical(before, after) || (isEmpty(before) && isEmpty(after))) return [];
  if (isUnknownOrHidden(before) || isUnknownOrHidden(after)) {
    const isUnchanged = before instanceof HiddenValue && before.equals(after);
    return isUnchanged ? [] : [difference(attribute, before, after)];
  }
  const [from, to] = [parsed(before), parsed(after)];
  if (isAttributes(from) && isAttributes(to))
    return isSamePolicy(before, after) ? [] : diffNested(attribute, from, to);
  // A new or removed block is shown attribute by attribute.
  if (isAttributes(from) && isEmpty(to)) return diffNested(attribute, from, {});
  if (isEmpty(from) && isAttributes(to)) return diffNested(attribute, {}, to);
  if (isAttributes(from) || isAttributes(to)) return [difference(attribute, before, after)];
  if (isList(from) || isList(to)) return diffLists(attribute, items(from), items(to));
  return isSame(before, after) ? [] : [difference(attribute, before, after)];
}

function isSamePolicy(before: Value, after: Value): boolean {
  if (typeof before !== "string" || typeof after !== "string") return false;
  const [one, other] = [parsePolicy(before), parsePolicy(after)];
  return one !== undefined && other !== undefined && areEquivalent(one, other);
}

const diffNested = (attribute: string, before: Attributes, after: Attributes): Difference[] =>
  namesIn(before, after).flatMap((name) =>
    diffValues(`${attribute}.${name}`, before[name] ?? null, after[name] ?? null),
  );

const namesIn = (before: Attributes, after: Attributes) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();

function diffLists(attribute: string, before: readonly Value[], after: readonly Value[]): Difference[] {
  const [from] = before;
  const [to] = after;
  // Terraform writes a single block as a list of one.
  if (
    before.length <= 1 &&
    after.length <= 1 &&
    (isAttributes(from) || isAttributes(to)) &&
    !nameAttributeOf([...before, ...after])
  )
    return diffValues(attribute, from ?? null, to ?? null);
  const [oldName, newName] = [nameAttributeOf(before), nameAttributeOf(after)];
  const name = oldName ?? newName;
  return name !== undefined && (oldName ?? name) === (newName ?? name)
    ? diffNamed(attribute, name, before, after)
    : diffUnnamed(attribute, before, after);
}

/** The attribute that every item of a list has with a different value. */
function nameAttributeOf(list: readonly Value[]): string | undefined {
  const blocks = list.filter(isAttributes);
  if (list.length === 0 || blocks.length < list.length) return undefined;
  return NAMES.find((name) => {
    const names = new Set(blocks.map((block) => textOf(block, name)));
    return !names.has(undefined) && names.size === blocks.length;
  });
}

function diffNamed(
  attribute: string,
  name: string,
  before: readonly Value[],
  after: readonly Value[],
): Difference[] {
  const oldItems = byName(before.filter(isAttributes), name);
  const newItems = byName(after.filter(isAttributes), name);
  // A policy statement with another Sid is still the same statement.
  const isRenamed = (item: Attributes, others: ReadonlyMap<string, Attributes>) =>
    name === "Sid" && [...others.values()].some((other) => isSame(withoutSid(other), withoutSid(item)));
  return [...new Set([...oldItems.keys(), ...newItems.keys()])].flatMap((key) => {
    const [from, to] = [oldItems.get(key), newItems.get(key)];
    const path = `${attribute}[${key}]`;
    if (from && to) return diffNested(path, from, to);
    if ((from && isRenamed(from, newItems)) || (to && isRenamed(to, oldItems))) return [];
    return [difference(path, from ?? null, to ?? null)];
  });
}

const withoutSid = ({ Sid: _, ...statement }: Attributes): Attributes => statement;

/** The removed and added items; if there are none, whether the order changes. */
function diffUnnamed(attribute: string, before: readonly Value[], after: readonly Value[]): Difference[] {
  const removed = before.filter((value) => !after.some((other) => isSame(value, other)));
  const added = after.filter((value) => !before.some((other) => isSame(value, other)));
  if (removed.length === 1 && added.length === 1 && before.length === 1)
    return diffValues(`${attribute}[0]`, removed[0] ?? null, added[0] ?? null);
  const differences = [
    ...removed.map((value) => difference(attribute, value, null)),
    ...added.map((value) => difference(attribute, null, value)),
  ];
  if (differences.length > 0 || before.length !== after.length) return differences;
  const isReordered = before.some((value, index) => !isSame(value, after[index]));
  return isReordered ? [{ attribute, kind: "reordered" }] : [];
}

const items = (value: Value): readonly Value[] => (isList(value) ? value : isEmpty(value) ? [] : [value]);

/** The content of text that is JSON; any other value as it is. */
const parsed = (value: Value): Value => (typeof value === "string" ? (parseJson(value) ?? value) : value);

function difference(attribute: string, before: Value, after: Value): Difference {
  if (isEmpty(before)) return { attribute, kind: "added", after: formatValue(after) };
  if (isEmpty(after)) return { attribute, kind: "removed", before: formatValue(before) };
  return { attribute, kind: "changed", before: formatValue(before), after: formatValue(after) };
}
