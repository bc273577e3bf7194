/** DynamoDB charges a write unit for each: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const WRITE_UNIT_BYTES = 1_024;

/** A row that is larger than a write unit without its preview leaves at least this for it. */
const MINIMUM_PREVIEW_BYTES = 128;

/** Made when a text is cut for the first time: that takes ten milliseconds, which a cold start needn't wait for. */
let segmenter: Intl.Segmenter | undefined;

/**
 * The preview of a message in a conversation row: as much of the text as keeps the row within one write unit, cut at a
 * whole character. A row that is larger without it anyway stays within the write units that it takes.
 *
 * @param row the row's attributes, plain or as DynamoDB's attribute values; its `message` doesn't count.
 */
export function previewOf(text: string, row: Readonly<Record<string, unknown>>): string {
  const besides = Object.entries({ ...row, message: "" }).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value),
    0,
  );
  const units = Math.ceil((besides + MINIMUM_PREVIEW_BYTES) / WRITE_UNIT_BYTES);
  return cut(text, units * WRITE_UNIT_BYTES - besides);
}

/** An attribute's size in bytes, or slightly more. */
function sizeOf(value: unknown): number {
  const text = (value as { readonly S?: unknown }).S ?? value;
  return Buffer.byteLength(typeof text === "string" ? text : JSON.stringify(text));
}

function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  segmenter ??= new Intl.Segmenter();
  const characters = [...segmenter.segment(text.slice(0, bytes + 1))].map(({ segment }) => segment);
  // The last one may be a part of a character.
  return firstOf(characters.slice(0, -1), bytes) || firstOf(Array.from(text.slice(0, bytes)), bytes);
}

function firstOf(parts: readonly string[], bytes: number): string {
  let [length, size] = [0, 0];
  for (const part of parts) {
    size += Buffer.byteLength(part);
    if (size > bytes) break;
    length += part.length;
  }
  return parts.join("").slice(0, length);
}
