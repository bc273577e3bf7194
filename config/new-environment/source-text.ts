import { settingsFile } from "../names.ts";
import { UserError } from "../user-error.ts";
import type { OwnSetting } from "./settings.ts";

/** As in .prettierrc.json. */
const MAXIMUM_LINE = 110;

/** The file of an environment that is like another, except for some settings. */
export function environmentSource(name: string, like: string, settings: readonly OwnSetting[]): string {
  return [
    'import type { EnvironmentLiteral } from "../environment.ts";',
    `import { ${like} } from "./${like}.ts";`,
    "",
    `/** Like ${like}, except for what is here. */`,
    `export const ${name}: EnvironmentLiteral = {`,
    `  ...${like},`,
    ...settings.flatMap(({ name: key, value, source = valueSource(value, "  "), comment }) => [
      ...(comment === undefined ? [] : [`  // ${comment}`]),
      `  ${key}: ${source},`,
    ]),
    "};",
    "",
  ].join("\n");
}

/** A value in TypeScript, formatted as prettier does. */
function valueSource(value: unknown, indent: string): string {
  if (value === undefined) return "undefined";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => valueSource(item, inner));
    const line = `[${items.join(", ")}]`;
    const isLong = `${indent}zones: ${line},`.length > MAXIMUM_LINE;
    return isLong ? `[\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}]` : line;
  }
  const lines = Object.entries(value).map(([key, each]) => `${inner}${key}: ${valueSource(each, inner)},\n`);
  return `{\n${lines.join("")}${indent}}`;
}

const EXPORT_LINE = /^export \{ (\w+) \} from "\.\/(\w+)\.ts";$/;

/**
 * `config/environments/index.ts` with one more environment.
 * @param index its text.
 * @throws UserError when it has anything but a line for each environment.
 */
export function indexWith(index: string, name: string): string {
  const lines = index.trimEnd().split(/\r?\n/);
  const unexpected = lines.find((line) => {
    const [, exported, file] = EXPORT_LINE.exec(line) ?? [];
    return exported === undefined || exported !== file;
  });
  const line = `export { ${name} } from "./${name}.ts";`;
  if (unexpected !== undefined)
    throw new UserError(
      `${settingsFile("index")} has something else than a line like ${line} for each environment: ${unexpected}\n` +
        `So this command doesn't change it. Add the environment by hand, or put the file right.`,
    );
  return [...lines, line, ""].join("\n");
}
