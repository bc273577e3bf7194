import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { format, resolveConfig } from "prettier";
import { runCommandLine } from "../../commands/command-line.ts";
import { projectFolder } from "../../config/project-folder.ts";
import { UserError } from "../../config/user-error.ts";
import { alarmTable } from "./alarm-table.ts";
import { architecturePicture } from "./architecture.ts";
import { commandReference } from "./commands.ts";
import { dashboardPicture } from "./dashboard-picture.ts";
import { environmentPictures } from "./environment-pictures.ts";
import { ruleTable } from "./rules.ts";
import { settingReference } from "./settings.ts";
import { stalenessTable } from "./staleness.ts";

/** The parts of the documents that are made from the code: the document, the part's name, and what makes it. */
const parts: readonly (readonly [file: string, name: string, make: () => string | Promise<string>])[] = [
  ["docs/architecture.md", "what may import what", architecturePicture],
  ["docs/environments.md", "pictures", environmentPictures],
  ["docs/settings.md", "settings", settingReference],
  ["docs/monitoring.md", "alarms", alarmTable],
  ["docs/review.md", "rules", ruleTable],
  ["docs/commands.md", "commands", commandReference],
  ["docs/cache.md", "access patterns", stalenessTable],
];

/** The pictures that are made from the code: the file, and what makes it. */
const pictures: readonly (readonly [file: string, make: () => string])[] = [
  ["docs/dashboard.svg", dashboardPicture],
];

/** Makes every part and picture anew, and writes the files that change, or only says which would. */
async function makeDocuments({ check }: { readonly check: boolean }): Promise<void> {
  const outdated: string[] = [];
  const update = (file: string, before: string, after: string) => {
    if (after === before) return;
    outdated.push(file);
    if (!check) writeFileSync(join(projectFolder, file), after);
  };
  for (const [file, name, make] of parts) {
    const path = join(projectFolder, file);
    const before = readFileSync(path, "utf8");
    update(file, before, await formatted(path, withPart(before, file, name, await make())));
  }
  for (const [file, make] of pictures) {
    const path = join(projectFolder, file);
    update(file, existsSync(path) ? readFileSync(path, "utf8") : "", make());
  }
  if (!check)
    console.log(outdated.length === 0 ? "Every document is current." : `Written: ${outdated.join(", ")}`);
  else if (outdated.length > 0)
    throw new UserError(`Not what the code says any more: ${outdated.join(", ")}. Run: npm run docs`);
}

/** Replaces a part, which stands between two comments. */
function withPart(document: string, file: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}, made by npm run docs -->`, `<!-- end of ${name} -->`];
  const [before, rest] = split(document, begin);
  const [, after] = split(rest ?? "", end);
  if (after === undefined) throw new UserError(`${file} must have the lines "${begin}" and "${end}"`);
  return `${before}${begin}\n\n${content}\n\n${end}${after}`;
}

function split(text: string, mark: string): readonly [string, string?] {
  const place = text.indexOf(mark);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + mark.length)];
}

const formatted = async (path: string, text: string) =>
  format(text, { ...(await resolveConfig(path)), filepath: path });

await runCommandLine(
  new Command("npm run docs --")
    .description("Make the parts of the documents that are made from the code.")
    .option("--check", "change nothing; exit code 1 if a part is not what the code says", false)
    .action(makeDocuments),
);
