import { type Attributes, HiddenValue, UNKNOWN, type Value } from "./value.ts";

/** Names of attributes and variables whose text is taken for a secret. Names of references to one are not. */
const SECRET_NAME =
  /(passw(or)?d|passphrase|secret|token|credential|private_?key|api_?key|access_?key|auth_?key|connection_?string)/i;
const REFERENCE_NAME = /(_arns?|_ids?|_name|_version|_url|_uri|_ttl|_seconds|_enabled|_type|_prefix)$/i;

/** What one of the texts below begins with; looked for first, since most text holds none of it. */
const SECRET_SIGN = /-----BEGIN|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox|sk[_-]|eyJ|:\/\//i;

/** Texts that are secrets wherever they stand. */
const SECRET_TEXT = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // Access key ids of AWS, whose other half is rarely far away.
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}\b|\bglpat-[\w-]{20,}/,
  /\bxox[abeoprs]-[\w-]{10,}/,
  /\bsk_live_\w{16,}|\bsk-[A-Za-z0-9_-]{32,}/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/,
  // A password in an address: scheme://user:password@host
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i,
];

/**
 * A value as a review may see it: what Terraform marks sensitive and what looks like a secret is replaced, and what
 * is known only after apply is marked.
 *
 * @param sensitive Terraform's mask: true, or the shape of the value with true in it.
 * @param unknown Terraform's mask of what is known after apply, likewise.
 * @param name of the attribute that holds the value.
 */
export function redact(value: unknown, sensitive: unknown, unknown?: unknown, name = ""): Value {
  if (sensitive === true) return new HiddenValue(unknown === true ? "unknown" : value);
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(value) || Array.isArray(unknown)) return redactList(value, sensitive, unknown, name);
  if (isObject(value)) return redactObject(value, sensitive, unknown);
  if (value == null) return isObject(unknown) ? redactObject({}, sensitive, unknown) : null;
  if (typeof value === "string") return looksSecret(name, value) ? new HiddenValue(value) : value;
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}

function redactList(value: unknown, sensitive: unknown, unknown: unknown, name: string): Value {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const length = Math.max(items.length, Array.isArray(unknown) ? unknown.length : 0);
  return Array.from({ length }, (_, place) =>
    redact(items[place], inner(sensitive, place), inner(unknown, place), name),
  );
}

function redactObject(
  value: Readonly<Record<string, unknown>>,
  sensitive: unknown,
  unknown: unknown,
): Attributes {
  const secretPair = looksSecretPair(value);
  const result: Record<string, Value> = {};
  const take = (key: string) => {
    const hidden = (secretPair && key === "value") || inner(sensitive, key);
    result[key] = redact(value[key], hidden, inner(unknown, key), key);
  };
  for (const key of Object.keys(value)) take(key);
  if (isObject(unknown)) for (const key of Object.keys(unknown)) if (!(key in value)) take(key);
  return result;
}

/** Whether text under that name is to be hidden although Terraform doesn't mark it. */
export function looksSecret(name: string, text: string): boolean {
  if (text === "") return false;
  if (SECRET_NAME.test(name) && !REFERENCE_NAME.test(name) && !text.startsWith("arn:")) return true;
  return SECRET_SIGN.test(text) && SECRET_TEXT.some((pattern) => pattern.test(text));
}

/** `{ name: "DB_PASSWORD", value: "…" }`, as containers and parameters have it. */
function looksSecretPair(value: Readonly<Record<string, unknown>>): boolean {
  const name = value["name"] ?? value["key"];
  return typeof name === "string" && typeof value["value"] === "string" && looksSecret(name, value["value"]);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const inner = (mask: unknown, key: string | number): unknown =>
  mask !== null && typeof mask === "object" ? (mask as Record<string | number, unknown>)[key] : undefined;
