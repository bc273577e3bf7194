import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../config/project-folder.ts";

/** The blocks of commands of a section of docs/runbook.md, by its heading, in their order. */
export function runbookCommands(heading: string): string[] {
  const runbook = readFileSync(join(projectFolder, "docs", "runbook.md"), "utf8");
  const [, section = ""] = runbook.split(`\n### ${heading}\n`);
  const [text = ""] = section.split(/^##/m);
  return [...text.matchAll(/^( *)```.*\n([^]*?)^\1```$/gm)].map(([, indent = "", commands = ""]) =>
    commands
      .split("\n")
      .map((line) => line.slice(indent.length))
      .join("\n")
      .trim(),
  );
}

/**
 * A block of commands as a person fills it in.
 * @param values what stands for each placeholder, such as `time` for `<time>`.
 * @throws Error when a placeholder has no value.
 */
export const filledIn = (commands: string, values: Readonly<Record<string, string>>) =>
  commands.replaceAll(/<([a-z][a-z ]*)>/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for <${name}>`);
    return value;
  });
