/** In levels of objects and lists. Terraform nests a few dozen, and what reads a plan calls itself for each level. */
export const MAXIMUM_DEPTH = 500;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Whether JSON is nested deeper than the maximum, without parsing it. */
export function isNestedTooDeep(json: string): boolean {
  let depth = 0;
  for (let place = 0; place < json.length; place++) {
    const character = json.charCodeAt(place);
    if (character === QUOTE) place = endOfText(json, place);
    else if (OPENING.has(character) && ++depth > MAXIMUM_DEPTH) return true;
    else if (CLOSING.has(character)) depth--;
  }
  return false;
}

/** The place of the quote that ends the text which begins at a quote. */
function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end > 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end < 0 ? json.length : end;
}

/** Whether an odd number of backslashes precedes a character. */
function isEscaped(json: string, place: number): boolean {
  let first = place;
  while (json.charCodeAt(first - 1) === BACKSLASH) first--;
  return (place - first) % 2 === 1;
}
