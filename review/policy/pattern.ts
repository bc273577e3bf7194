/**
 * Whether `wide` matches every text that `narrow` matches; false if in doubt. As in IAM, `*` stands for any text and
 * `?` for any one character.
 */
export function patternCovers(wide: string, narrow: string): boolean {
  if (wide === "*" || wide === narrow) return true;
  if (!wide.includes("*") && !wide.includes("?")) return false;
  // Matches `wide` against `narrow` from left to right, and returns to the last `*` after a mismatch.
  let [w, n] = [0, 0];
  let [star, resume] = [-1, 0];
  while (n < narrow.length) {
    if (wide[w] === "*") {
      star = w++;
      resume = n;
    } else if (wide[w] === "?" ? narrow[n] !== "*" : wide[w] === narrow[n]) {
      w++;
      n++;
    } else if (star >= 0) {
      w = star + 1;
      n = ++resume;
    } else return false;
  }
  while (wide[w] === "*") w++;
  return w === wide.length;
}

/** Whether both may match the same text; a policy variable such as `${aws:username}` counts as any text. */
export const patternsOverlap = (one: string, other: string): boolean =>
  wildcardsOverlap(withoutVariables(one), withoutVariables(other));

const withoutVariables = (pattern: string) => pattern.replaceAll(/\$\{[^}]*\}/g, "*");

function wildcardsOverlap(one: string, other: string): boolean {
  // At [i][j]: whether the rest of `one` from i and the rest of `other` from j overlap.
  const rows = Array.from({ length: one.length + 1 }, () => new Array<boolean>(other.length + 1).fill(false));
  const at = (i: number, j: number) => rows[i]?.[j] ?? false;
  for (let i = one.length; i >= 0; i--)
    for (let j = other.length; j >= 0; j--) {
      const row = rows[i];
      if (row) row[j] = restOverlaps(i, j);
    }
  return at(0, 0);

  function restOverlaps(i: number, j: number): boolean {
    if (i === one.length && j === other.length) return true;
    const [a, b] = [one[i], other[j]];
    if (a === "*" && (at(i + 1, j) || (j < other.length && at(i, j + 1)))) return true;
    if (b === "*" && (at(i, j + 1) || (i < one.length && at(i + 1, j)))) return true;
    if (a === undefined || b === undefined || a === "*" || b === "*") return false;
    return (a === b || a === "?" || b === "?") && at(i + 1, j + 1);
  }
}
