/** A table, whose cells are Markdown. Prettier makes its columns even. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** A picture, from the lines of its Mermaid code. */
export const mermaid = (lines: readonly string[]): string => ["```mermaid", ...lines, "```"].join("\n");

/** Text that is not Markdown, for a cell of a table. */
export const cell = (text: string): string => text.replaceAll(/[|\\*_<`]/g, (character) => `\\${character}`);
