import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../config/project-folder.ts";
import { commitAll, copySources, git, hidePackages } from "./support/repository.ts";
import { describeWith } from "./support/requirements.ts";

const documents = [
  "README.md",
  ...readdirSync(join(projectFolder, "docs")).map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));

describeWith(["terraform", "python", "aws"], "the README", () => {
  const checkout = mkdtempSync(join(tmpdir(), "readme of a new user "));
  afterAll(() => {
    rmSync(checkout, { recursive: true });
  });

  test("can be followed from top to bottom where no account is needed", async () => {
    copySources(checkout);
    for (const source of ["README.md", "docs", "local", "samples", "review-exceptions.json"])
      cpSync(join(projectFolder, source), join(checkout, source), { recursive: true });
    // Installed already, and not what this is about.
    const venv = ".local/embedded-aws/venv";
    mkdirSync(dirname(join(checkout, venv)), { recursive: true });
    symlinkSync(join(projectFolder, venv), join(checkout, venv));
    await git(checkout, "init", "--quiet", "--initial-branch=main");
    hidePackages(checkout);
    await commitAll(checkout, "Begin");
    const inherited = Object.keys(process.env).filter((name) => name.startsWith("AWS_"));
    const { exitCode, all } = await execa("node", ["run.mjs", "docs/run-blocks.ts", "README.md"], {
      cwd: checkout,
      env: {
        ...Object.fromEntries(inherited.map((name) => [name, undefined])),
        HOME: checkout,
        npm_config_update_notifier: "false",
      },
      reject: false,
      all: true,
    });
    expect(all).toContain("Stopped the embedded AWS");
    expect([exitCode, all]).toEqual([0, expect.stringContaining("npm run environments")]);
  }, 900_000);
});

test.each(documents)("every link of %s leads somewhere", (name) => {
  const document = readFileSync(join(projectFolder, name), "utf8");
  const links = [...document.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  for (const [link, path, heading] of links) {
    const file = join(projectFolder, path === "" ? name : join(dirname(name), path ?? ""));
    expect([link, existsSync(file)]).toEqual([link, true]);
    if (heading !== undefined)
      expect([link, headingsOf(file)]).toEqual([link, expect.arrayContaining([heading])]);
  }
});

/** The anchors that GitHub makes of a document's headings. */
const headingsOf = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
