import { looksSecret, mayNameSecret } from "./secret-text.ts";
import { type Attributes, contains, HiddenValue, parseJson, UNKNOWN, type Value } from "./value.ts";

/**
 * Converts a value from a plan: hides what Terraform marks sensitive or what looks like a secret, and marks what is
 * known only after apply.
 *
 * @param sensitive Terraform's mask: true, or an object or list with true at the sensitive places.
 * @param unknown Terraform's mask of what is known only after apply, in the same form.
 * @param output the output that holds the value: unlike an attribute's, its name says what is in it at any depth.
 */
export function redact(value: unknown, sensitive: unknown, unknown?: unknown, output?: string): Value {
  return redactValue(value, sensitive, unknown, output ?? "", output === undefined ? "" : `${output}_`);
}

/**
 * @param name the attribute, key or output that holds the value.
 * @param prefix what precedes the names within the value.
 */
function redactValue(
  value: unknown,
  sensitive: unknown,
  unknown: unknown,
  name: string,
  prefix: string,
): Value {
  if (sensitive === true && unknown === true) return new HiddenValue("unknown");
  if (unknown === true) return UNKNOWN;
  // That there is no value is no secret.
  if (sensitive === true) return value == null ? null : new HiddenValue(value);
  if (Array.isArray(value) || Array.isArray(unknown))
    return redactList(value, sensitive, unknown, name, prefix);
  if (isObject(value)) return redactObject(value, sensitive, unknown, prefix);
  if (value == null) return isObject(unknown) ? redactObject({}, sensitive, unknown, prefix) : null;
  if (typeof value === "string") return isSecret(name, value) ? new HiddenValue(value) : value;
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}

function redactList(
  value: unknown,
  sensitive: unknown,
  unknown: unknown,
  name: string,
  prefix: string,
): Value {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const length = Math.max(items.length, Array.isArray(unknown) ? unknown.length : 0);
  return Array.from({ length }, (_, index) =>
    redactValue(items[index], maskAt(sensitive, index), maskAt(unknown, index), name, prefix),
  );
}

function redactObject(
  value: Readonly<Record<string, unknown>>,
  sensitive: unknown,
  unknown: unknown,
  prefix: string,
): Attributes {
  const nameGiven = nameIn(value);
  const keys = new Set([...Object.keys(value), ...(isObject(unknown) ? Object.keys(unknown) : [])]);
  return Object.fromEntries(
    [...keys].map((key) => {
      const name = nameGiven !== undefined && VALUE.test(key) ? nameGiven : key;
      const masks = [maskAt(sensitive, key), maskAt(unknown, key)] as const;
      return [key, redactValue(value[key], ...masks, `${prefix}${name}`, prefix && `${prefix}${key}_`)];
    }),
  );
}

const NAMES = ["name", "key", "parameter_name", "Name", "Key", "ParameterName", "ParameterKey"];
const VALUE = /^(parameter_?)?value$/i;

/** The name in `{ name: "DB_PASSWORD", value: "…" }`, as in container definitions, headers and parameters. */
const nameIn = (value: Readonly<Record<string, unknown>>): string | undefined =>
  NAMES.map((name) => value[name]).find((name) => typeof name === "string");

/** Whether text looks like a secret, or contains one in JSON or Base64. */
function isSecret(name: string, text: string): boolean {
  if (looksSecret(name, text)) return true;
  if (/user_?data|base64/i.test(name) && /^[A-Za-z\d+/\s]{16,}={0,2}\s*$/.test(text))
    return isSecret("", Buffer.from(text, "base64").toString("utf8"));
  const content = mayNameSecret(text) ? parseJson(text) : undefined;
  return content !== undefined && contains(redact(content, false), (part) => part instanceof HiddenValue);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const maskAt = (mask: unknown, key: string | number): unknown =>
  mask !== null && typeof mask === "object" ? (mask as Record<string | number, unknown>)[key] : undefined;
