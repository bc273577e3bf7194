/**
 * Whether everything that `narrow` matches, `wide` matches too. In both, `*` is any text and `?` any one character,
 * as IAM has it. Never true where it isn't so.
 */
export function patternCovers(wide: string, narrow: string): boolean {
  if (wide === "*" || wide === narrow) return true;
  if (!wide.includes("*") && !wide.includes("?")) return false;
  // In `narrow`, a wildcard is a letter that only a wildcard can stand for.
  return reach(wide, narrow, (pattern, letter) => (letter === "*" ? pattern === "*" : true));
}

/** Whether there may be a text that both match; a policy variable can be any text. */
export const patternsOverlap = (one: string, other: string): boolean => meet(anyText(one), anyText(other));

const anyText = (pattern: string) => pattern.replaceAll(/\$\{[^}]*\}/g, "*");

function meet(one: string, other: string): boolean {
  const rows = Array.from({ length: one.length + 1 }, () => new Array<boolean>(other.length + 1).fill(false));
  const at = (row: number, column: number) => rows[row]?.[column] ?? false;
  for (let i = one.length; i >= 0; i--)
    for (let j = other.length; j >= 0; j--) {
      const row = rows[i];
      if (row) row[j] = step(i, j);
    }
  return at(0, 0);

  function step(i: number, j: number): boolean {
    if (i === one.length && j === other.length) return true;
    const [a, b] = [one[i], other[j]];
    if (a === "*" && (at(i + 1, j) || (j < other.length && at(i, j + 1)))) return true;
    if (b === "*" && (at(i, j + 1) || (i < one.length && at(i + 1, j)))) return true;
    if (a === undefined || b === undefined || a === "*" || b === "*") return false;
    return (a === b || a === "?" || b === "?") && at(i + 1, j + 1);
  }
}

/** Matches a pattern against text from left to right, going back to the last `*` where it fails. */
function reach(
  pattern: string,
  text: string,
  standsFor: (wildcard: string, letter: string) => boolean,
): boolean {
  let [p, t] = [0, 0];
  let [star, resume] = [-1, 0];
  while (t < text.length) {
    const [wildcard = "", letter = ""] = [pattern[p], text[t]];
    if (wildcard === "*") {
      star = p++;
      resume = t;
    } else if (wildcard !== "" && (wildcard === "?" ? standsFor("?", letter) : wildcard === letter)) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
