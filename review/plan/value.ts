import { hash } from "node:crypto";
import { isNestedTooDeep } from "../../terraform/nesting.ts";

/** A value that is known only after apply. */
class Unknown {
  readonly known = "after apply";
}

export const UNKNOWN = new Unknown();

/** A secret value: it can only be compared with another one. */
export class HiddenValue {
  readonly #digest: string;

  constructor(value: unknown) {
    this.#digest = hash("sha256", JSON.stringify([value]));
  }

  equals(other: unknown): boolean {
    return other instanceof HiddenValue && other.#digest === this.#digest;
  }
}

export type Value =
  | null
  | boolean
  | number
  | string
  | Unknown
  | HiddenValue
  | readonly Value[]
  | { readonly [key: string]: Value };

/** The attributes of a resource, or of a block within it. */
export type Attributes = Readonly<Record<string, Value>>;

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);

export const isAttributes = (value: Value | undefined): value is Attributes =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !isUnknownOrHidden(value);

export const isUnknownOrHidden = (value: Value | undefined): boolean =>
  value === UNKNOWN || value instanceof HiddenValue;

/** Whether there is no value, in any of the forms of Terraform and its providers: null, "", an empty list or block. */
export const isEmpty = (value: Value | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (isList(value) && value.every(isEmpty)) ||
  (isAttributes(value) && Object.values(value).every(isEmpty));

/** An attribute that is a non-empty string, else undefined. */
export function textOf(attributes: Attributes | undefined, name: string): string | undefined {
  const value = attributes?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An attribute that is a number, else undefined. */
export function numberOf(attributes: Attributes | undefined, name: string): number | undefined {
  const value = attributes?.[name];
  return typeof value === "number" ? value : undefined;
}

/** A number, or a text that is one: some attributes of the provider hold numbers as text. */
export function asNumber(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** The blocks with that name. */
export const blocksOf = (attributes: Attributes | undefined, name: string): readonly Attributes[] =>
  blocksIn(attributes?.[name]);

/** The blocks in a value. */
export const blocksIn = (value: Value | undefined): readonly Attributes[] =>
  isList(value) ? value.filter(isAttributes) : [];

/** The first block with that name; Terraform writes a single block as a list of one. */
export const blockOf = (attributes: Attributes | undefined, name: string): Attributes | undefined =>
  blocksOf(attributes, name)[0];

/** The strings in a list or set. */
export const textsOf = (attributes: Attributes | undefined, name: string): readonly string[] =>
  textsIn(attributes?.[name]);

/** The strings in a value that is a list or set. */
export const textsIn = (value: Value | undefined): readonly string[] =>
  isList(value) ? value.filter((item) => typeof item === "string") : [];

/** The value of an attribute, or of the attribute of the first block: `attribute` or `block.attribute`, to any depth. */
export function valueAt(attributes: Attributes | undefined, path: string): Value | undefined {
  const [name = "", ...rest] = path.split(".");
  const value = attributes?.[name];
  if (rest.length === 0 || isUnknownOrHidden(value)) return value;
  return valueAt(blockOf(attributes, name), rest.join("."));
}

/** The values of an attribute, one for each block if the path leads into blocks; the attribute itself if it is unknown. */
export function valuesAt(attributes: Attributes | undefined, path: string): readonly Value[] {
  const [name = "", ...rest] = path.split(".");
  const value = attributes?.[name];
  if (value === undefined) return [];
  if (rest.length === 0 || isUnknownOrHidden(value)) return [value];
  return blocksOf(attributes, name).flatMap((block) => {
    const values = valuesAt(block, rest.join("."));
    return values.length > 0 ? values : [null];
  });
}

/** Blocks by the attribute that names them. */
export const byName = (blocks: readonly Attributes[], name = "name"): ReadonlyMap<string, Attributes> =>
  new Map(blocks.map((block) => [textOf(block, name) ?? "", block]));

/** Whether a value or any part of it passes the test. */
export const contains = (value: Value, test: (part: Value) => boolean): boolean =>
  test(value) ||
  (isList(value) && value.some((part) => contains(part, test))) ||
  (isAttributes(value) && Object.values(value).some((part) => contains(part, test)));

/**
 * A text that is equal for values with the same meaning. The order of lists and keys, the form of an empty value and
 * the layout of JSON within text don't matter. (A plan's JSON doesn't show which lists are sets, so all count as sets.)
 */
export function canonicalForm(value: Value | undefined, hiddens: HiddenValue[] = []): string {
  if (isEmpty(value)) return "";
  if (value === UNKNOWN) return "(known after apply)";
  if (value instanceof HiddenValue) {
    const index = hiddens.findIndex((hidden) => hidden.equals(value));
    return `(hidden ${index >= 0 ? index : hiddens.push(value) - 1})`;
  }
  if (isList(value))
    return `[${value
      .map((item) => canonicalForm(item, hiddens))
      .sort()
      .join()}]`;
  if (isAttributes(value))
    return `{${Object.keys(value)
      .sort()
      .map((key) => [key, canonicalForm(value[key], hiddens)] as const)
      .filter(([, inner]) => inner !== "")
      .map(([key, inner]) => `${JSON.stringify(key)}:${inner}`)
      .join()}}`;
  const json = typeof value === "string" ? parseJson(value) : undefined;
  return json === undefined ? JSON.stringify(value) : canonicalForm(json, hiddens);
}

/** Parses text that is a JSON object or list, such as a policy; undefined for any other text, or one nested too deep. */
export function parseJson(text: string): Value | undefined {
  if (!/^\s*[[{]/.test(text) || isNestedTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}

/** A number, a boolean, or text that isn't JSON: these can be compared directly. */
const isPlain = (value: Value | undefined): boolean =>
  typeof value === "string"
    ? !/^\s*[[{]/.test(value)
    : typeof value === "number" || typeof value === "boolean";

/** Whether two values are the same in every place; quicker than to compare their canonical forms. */
export function isIdentical(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (isList(one) && isList(other))
    return one.length === other.length && one.every((item, index) => isIdentical(item, other[index]));
  if (!isAttributes(one) || !isAttributes(other)) return one instanceof HiddenValue && one.equals(other);
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => isIdentical(one[name], other[name]))
  );
}

/** By the attributes after a change: the rules and the report compare the same ones. */
const changedNames = new WeakMap<
  Attributes,
  { readonly since: Attributes; readonly names: readonly string[] }
>();

/** The names of the attributes of a resource that aren't the same in every place before and after a change. */
export function namesOfChanged(before: Attributes, after: Attributes): readonly string[] {
  const known = changedNames.get(after);
  if (known?.since === before) return known.names;
  const all = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const names = all.filter((name) => !isIdentical(before[name], after[name])).sort();
  changedNames.set(after, { since: before, names });
  return names;
}

/** Whether two values have the same meaning; see `canonicalForm`. */
export function isSame(one: Value | undefined, other: Value | undefined): boolean {
  if (isIdentical(one, other)) return true;
  if (isPlain(one) && isPlain(other)) return isEmpty(one) && isEmpty(other);
  const hiddens: HiddenValue[] = [];
  return canonicalForm(one, hiddens) === canonicalForm(other, hiddens);
}
