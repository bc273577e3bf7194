import { createHash } from "node:crypto";

/** Stands for a value that is known only once the plan is applied. */
class Unknown {
  readonly known = "after apply";
}

export const UNKNOWN = new Unknown();

/** Stands for a value that nobody may read in a review: only whether two of them are the same is known. */
export class HiddenValue {
  readonly #digest: string;

  constructor(value: unknown) {
    this.#digest = createHash("sha256")
      .update(JSON.stringify([value]))
      .digest("hex");
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

/** The attributes of a resource, or of a block in it. */
export type Attributes = Readonly<Record<string, Value>>;

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);

export const isAttributes = (value: Value | undefined): value is Attributes =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !isUnknownOrHidden(value);

/** Whether a review can say nothing about the value: it is known only after apply, or hidden. */
export const isUnknownOrHidden = (value: Value | undefined): boolean =>
  value === UNKNOWN || value instanceof HiddenValue;

/** Nothing there, however Terraform and the provider write it: null, "", an empty list, an empty block. */
export const isEmpty = (value: Value | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (isList(value) && value.every(isEmpty)) ||
  (isAttributes(value) && Object.values(value).every(isEmpty));

/** The attribute of that name when it is text, else undefined. */
export function textOf(attributes: Attributes | undefined, name: string): string | undefined {
  const value = attributes?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The attribute of that name when it is a number, else undefined. */
export function numberOf(attributes: Attributes | undefined, name: string): number | undefined {
  const value = attributes?.[name];
  return typeof value === "number" ? value : undefined;
}

/** The blocks of that name; Terraform writes a single block as a list of one. */
export function blocksOf(attributes: Attributes | undefined, name: string): readonly Attributes[] {
  const value = attributes?.[name];
  return isList(value) ? value.filter(isAttributes) : [];
}

/** The first block of that name. */
export const blockOf = (attributes: Attributes | undefined, name: string): Attributes | undefined =>
  blocksOf(attributes, name)[0];

/** The texts in a list or set of that name. */
export function textsOf(attributes: Attributes | undefined, name: string): readonly string[] {
  const value = attributes?.[name];
  return isList(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Whether anything in the value is known only after apply, or hidden. */
export const containsUnknownOrHidden = (value: Value | undefined): boolean =>
  isUnknownOrHidden(value) ||
  (isList(value) && value.some(containsUnknownOrHidden)) ||
  (isAttributes(value) && Object.values(value).some(containsUnknownOrHidden));

/**
 * Text that two values share exactly when they are the same thing: order in lists and keys, how nothing is
 * written, and the layout of JSON within text don't count. Lists that are sets in the provider can't be told from others in a plan's JSON.
 */
export function canonicalForm(value: Value | undefined, hiddens: HiddenValue[] = []): string {
  if (isEmpty(value)) return "";
  if (value === UNKNOWN) return "(known after apply)";
  if (value instanceof HiddenValue) {
    const known = hiddens.findIndex((hidden) => hidden.equals(value));
    return `(hidden ${known >= 0 ? known : hiddens.push(value) - 1})`;
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
  const json = typeof value === "string" ? jsonIn(value) : undefined;
  return json === undefined ? JSON.stringify(value) : canonicalForm(json, hiddens);
}

/** What text that is JSON holds, when that is an object or a list; policies and patterns are kept so. */
export function jsonIn(text: string): Value | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}

/** A number, a truth, or text that holds no JSON: the same only as itself. */
const isPlain = (value: Value | undefined): boolean =>
  typeof value === "string"
    ? !/^\s*[[{]/.test(value)
    : typeof value === "number" || typeof value === "boolean";

/** Whether two values are the same thing; see `canonicalForm`. */
export function isSame(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (isPlain(one) && isPlain(other)) return isEmpty(one) && isEmpty(other);
  const hiddens: HiddenValue[] = [];
  return canonicalForm(one, hiddens) === canonicalForm(other, hiddens);
}
