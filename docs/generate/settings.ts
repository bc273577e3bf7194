import { environmentSchema } from "../../config/environment.ts";
import { groupBy } from "../../review/plan/group-by.ts";
import { cell, table } from "./markdown.ts";
import { readSettings, type Setting } from "./read-settings.ts";
import { readSettingComments } from "./setting-comments.ts";

/** The reference of all settings: one table for those of the environment itself, and one for each part of it. */
export function settingReference(): string {
  const comments = readSettingComments();
  const sections = groupBy(mergeTables(readSettings(comments)), ({ path }) =>
    path.includes(".") ? path.replace(/\..*/, "") : "",
  );
  return [...sections]
    .map(([name, settings]) => {
      const heading = name === "" ? "## The environment" : `## ${name}`;
      const text = comments.get(name)?.text ?? "";
      const isSaidBelow = settings.some(({ does }) => does === text);
      return [heading, ...(isSaidBelow ? [] : [text]), settingTable(settings)].join("\n\n");
    })
    .join("\n\n");
}

const settingTable = (settings: readonly Setting[]) =>
  table(
    ["setting", "type", "values", "default", "what it does", "what a change does"],
    settings.map(({ path, where, type, values, default: byDefault, does, change }) => [
      `\`${path}\`${where === undefined ? "" : ` (\`${where}\`)`}`,
      type,
      cell(values),
      byDefault,
      does,
      change,
    ]),
  );

/** The tables have the same settings, which are listed once. */
function mergeTables(settings: readonly Setting[]): readonly Setting[] {
  const [first, ...others] = Object.keys(environmentSchema.shape.tables.shape);
  return settings
    .filter(({ path }) => !others.some((name) => path.startsWith(`tables.${name}.`)))
    .map((setting) => ({
      ...setting,
      path: setting.path.replace(`tables.${first ?? ""}.`, "tables.<table>."),
    }));
}
