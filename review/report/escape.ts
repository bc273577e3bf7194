// A plan holds text that anyone may have written. Each function here makes it safe for one place, so that it is shown as
// text and nothing of it acts: no Markdown, HTML, link, mention, reference, emoji, formula, or control of a terminal.

/** Characters that are invisible, that control a terminal, or that change the order of the others. */
export const INVISIBLE = /(?!\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text on one line, with invisible characters as `\u001b`. For the content of code, and as the first step of the others. */
export const visible = (text: string): string =>
  text.replaceAll(/[\t\r\n]+/g, " ").replaceAll(INVISIBLE, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });

/** A line for a terminal or a log. GitHub Actions would run `::error::` at the start of a line, and `##[error]`. */
export const logLine = (line: string): string =>
  visible(line)
    .replace(/^( *):(?=:)/, "$1: ")
    .replaceAll("##[", "## [");

/** Marks where a text is parted. No visible text contains it. */
const MARK = "\0";

/** GitHub makes nothing of a text that is in two parts; who copies it gets the whole. */
const GAP = "<span></span>";

/** What GitHub makes a link, a mention, an emoji or the reference of a commit or an issue, parted. */
const parted = (text: string): string =>
  text
    .replaceAll(/(?<![\da-z])[\da-f]{7,40}(?![\da-z])/gi, (hash) =>
      hash.replaceAll(/.{6}(?!$)/g, `$&${MARK}`),
    )
    .replaceAll(/:(?=\/\/|[\w+-]+:)|@|#(?=\d)|\bwww(?=\.)/gi, `$&${MARK}`)
    .replaceAll(/(?<![\dA-Za-z])(?:[A-Z]{2,}|[Gg][Hh])-(?=[\dA-Za-z])/g, `$&${MARK}`);

const entities = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const joined = (text: string): string => text.replaceAll("$", "<span>$</span>").replaceAll(MARK, GAP);

/** Text within HTML, such as a summary. */
export const html = (text: string): string => joined(entities(parted(visible(text))));

/** Text within Markdown. */
export const prose = (text: string): string =>
  joined(
    entities(parted(visible(text)))
      .replaceAll(/[\\`*_[\](){}|~!#^=]/g, String.raw`\$&`)
      // At the start of a line: lists, lines, headings.
      .replace(/^( *)([-+]|\d+(?=\.))/, (_, space: string, start: string) =>
        /\d/.test(start) ? `${space}${start}\\` : `${space}\\${start}`,
      ),
  );

/** Text as a code span. */
export function code(text: string): string {
  const content = visible(text);
  const fence = "`".repeat(longestRun(content) + 1);
  const space = content.includes("`") ? " " : "";
  return `${fence}${space}${content}${space}${fence}`;
}

/** Lines as a block of code. */
export function fenced(language: string, lines: readonly string[]): string {
  const content = lines.map(visible).join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(content) + 1));
  return `${fence}${language}\n${content}\n${fence}\n\n`;
}

const longestRun = (text: string) =>
  (text.match(/`+/g) ?? []).reduce((longest, { length }) => Math.max(longest, length), 0);

/** Markdown that is folded until a reader opens it. @param summary text. */
export const folded = (summary: string, markdown: string): string =>
  `<details><summary>${html(summary)}</summary>\n\n${markdown.trimEnd()}\n\n</details>\n\n`;

/** The most characters of a label: more would make the diagram unreadable. */
const LABEL_LENGTH = 80;

/** A label in a diagram: all characters that AWS names don't have could be Mermaid syntax. */
export const diagramLabel = (text: string): string =>
  text.slice(0, LABEL_LENGTH).replaceAll(/[^\w .:/-]/g, "_");

/** The formatted text, without its end if that would be longer than the room. */
export function formatWithin(text: string, format: (text: string) => string, room: number): string {
  const whole = format(text);
  if (whole.length <= room) return whole;
  let length = Math.min(text.length, room);
  while (length > 0 && format(`${text.slice(0, length)}…`).length > room) length = Math.floor(length * 0.8);
  return format(`${text.slice(0, length)}…`);
}
