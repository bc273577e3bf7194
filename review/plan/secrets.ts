import { type Attributes, HiddenValue, UNKNOWN, type Value } from "./value.ts";

/** Names of attributes and variables whose values count as secrets, except those that only refer to a secret. */
const SECRET_NAME =
  /(passw(or)?d|passphrase|secret|token|credential|private_?key|api_?key|access_?key|auth_?key|connection_?string)/i;
const REFERENCE_NAME = /(_arns?|_ids?|_name|_version|_url|_uri|_ttl|_seconds|_enabled|_type|_prefix)$/i;

/** A fast first check: every secret text below contains one of these, and most other text doesn't. */
const SECRET_HINT = /-----BEGIN|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox|sk[_-]|eyJ|:\/\//i;

/** Texts that are secrets under any name. */
const SECRET_TEXT = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // An AWS access key id: its secret key is often nearby.
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}\b|\bglpat-[\w-]{20,}/,
  /\bxox[abeoprs]-[\w-]{10,}/,
  /\bsk_live_\w{16,}|\bsk-[A-Za-z0-9_-]{32,}/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/,
  // A URL with a password: scheme://user:password@host
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i,
];

/**
 * Converts a value from a plan: hides what Terraform marks sensitive or what looks like a secret, and marks what is
 * known only after apply.
 *
 * @param sensitive Terraform's mask: true, or an object or list with true at the sensitive places.
 * @param unknown Terraform's mask of what is known only after apply, in the same form.
 * @param name the attribute that holds the value.
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
  return Array.from({ length }, (_, index) =>
    redact(items[index], maskAt(sensitive, index), maskAt(unknown, index), name),
  );
}

function redactObject(
  value: Readonly<Record<string, unknown>>,
  sensitive: unknown,
  unknown: unknown,
): Attributes {
  const isPair = isSecretPair(value);
  const keys = new Set([...Object.keys(value), ...(isObject(unknown) ? Object.keys(unknown) : [])]);
  return Object.fromEntries(
    [...keys].map((key) => {
      const isSecret = (isPair && key === "value") || maskAt(sensitive, key);
      return [key, redact(value[key], isSecret, maskAt(unknown, key), key)];
    }),
  );
}

/** Whether text looks like a secret by its name or its content. */
function looksSecret(name: string, text: string): boolean {
  if (text === "") return false;
  if (SECRET_NAME.test(name) && !REFERENCE_NAME.test(name) && !text.startsWith("arn:")) return true;
  return SECRET_HINT.test(text) && SECRET_TEXT.some((pattern) => pattern.test(text));
}

/** `{ name: "DB_PASSWORD", value: "…" }`, as in container definitions and parameters. */
function isSecretPair(value: Readonly<Record<string, unknown>>): boolean {
  const name = value["name"] ?? value["key"];
  return typeof name === "string" && typeof value["value"] === "string" && looksSecret(name, value["value"]);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const maskAt = (mask: unknown, key: string | number): unknown =>
  mask !== null && typeof mask === "object" ? (mask as Record<string | number, unknown>)[key] : undefined;
