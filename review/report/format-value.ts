import { HiddenValue, isAttributes, isEmpty, isList, UNKNOWN, type Value } from "../plan/value.ts";

/** How a review shows a value that only Terraform's apply will tell. */
export const KNOWN_AFTER_APPLY = "(known after apply)";

/** In characters. A longer text is the content of a file rather than a setting, and is cut. */
const MAXIMUM_LENGTH = 300;

/** A value on one line; what is hidden or known only after apply is said so. */
export const formatValue = (value: Value): string => cut(format(value));

/** A text without the end of what is too long. */
export function cut(text: string): string {
  return text.length > MAXIMUM_LENGTH
    ? `${text.slice(0, MAXIMUM_LENGTH)}… (${text.length} characters)`
    : text;
}

function format(value: Value): string {
  if (value === UNKNOWN) return KNOWN_AFTER_APPLY;
  if (value instanceof HiddenValue) return "(hidden)";
  if (isList(value)) return `[${value.map(format).join(", ")}]`;
  if (isAttributes(value))
    return `{${Object.entries(value)
      .filter(([, inner]) => !isEmpty(inner))
      .map(([key, inner]) => `${key}: ${format(inner)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}
