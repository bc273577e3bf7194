import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { commands } from "../../commands/all-commands.ts";
import { projectFolder } from "../../config/project-folder.ts";

const pages = ["docs", ".github/workflows"].flatMap((folder) =>
  readdirSync(join(projectFolder, folder)).flatMap((name) =>
    /\.(md|yml)$/.test(name) ? [join(folder, name)] : [],
  ),
);

/** Command lines of a page, with the command and its parameters. */
const linesIn = (page: string) =>
  [
    ...readFileSync(join(projectFolder, page), "utf8").matchAll(
      /npm run (?:-s |--silent )?([a-z-]+) -- ([^`\n]*)/g,
    ),
  ].flatMap(([line, name = "", parameters = ""]) =>
    commands.has(name) ? [{ page, line, name, parameters }] : [],
  );

const lines = ["README.md", ...pages].flatMap(linesIn);

test.each(lines)("$page: $line has options that the command knows", async ({ name, parameters }) => {
  const { command } = (await commands.get(name)?.()) ?? {};
  const known = ["--help", ...(command?.options.map(({ long }) => long) ?? [])];
  for (const [, option] of parameters.matchAll(/(?:^|\s|\[)(--[a-z][a-z-]*)/g))
    expect(known).toContain(option);
});

test("the pages and workflows have command lines", () => {
  expect(lines.length).toBeGreaterThan(50);
});
