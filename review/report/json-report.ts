import { INVISIBLE } from "./escape.ts";

/** A review, or several, as JSON. Invisible characters are escaped beyond what JSON requires: a terminal may show it. */
export const jsonReport = (content: object): string =>
  JSON.stringify(content, null, 2).replaceAll(INVISIBLE, (character) =>
    character === "\n" ? character : character.split("").map(escapeUnit).join(""),
  );

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
