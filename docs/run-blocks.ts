import { readFileSync, rmSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { execa } from "execa";
import { runCommandLine } from "../commands/command-line.ts";
import { projectFolder } from "../config/project-folder.ts";
import { UserError } from "../config/user-error.ts";

/**
 * What a block of commands needs, as the word after "sh" says: nothing, credentials of an AWS account (`sh account`), or
 * the time that the tests take (`sh tests`).
 */
type Need = "nothing" | "account" | "tests";

interface Block {
  readonly line: number;
  readonly need: Need;
  readonly commands: string;
}

/** Exit code 2 is no failure: a plan has changes, or waits for approval. Each command is printed before it runs. */
const PREAMBLE = `set -Euo pipefail
trap 'code=$?; [ $code -eq 2 ] || exit $code' ERR
`;

/** Runs a document's blocks of commands from top to bottom, as if they were pasted into one shell in the project's folder. */
async function runBlocks(file: string, { with: also }: { readonly with: readonly string[] }): Promise<void> {
  const blocks = readBlocks(file).filter(({ need }) => need === "nothing" || also.includes(need));
  const folder = mkdtempSync(join(tmpdir(), "blocks-"));
  try {
    const script = join(folder, "blocks.sh");
    const parts = blocks.map(({ line, commands }) => `${announce(file, line, commands)}\n${commands}`);
    writeFileSync(script, [PREAMBLE, ...parts].join("\n"));
    const { exitCode } = await execa("bash", [script], {
      cwd: projectFolder,
      stdio: "inherit",
      reject: false,
    });
    if (exitCode !== 0)
      throw new UserError(`A command of ${file} failed, with exit code ${exitCode ?? "none"}.`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const announce = (file: string, line: number, commands: string) =>
  `cat <<'END_OF_BLOCK'\n\n--- ${file}:${line}\n${commands}\n---\nEND_OF_BLOCK`;

function readBlocks(file: string): Block[] {
  const document = readFileSync(join(projectFolder, file), "utf8");
  // Those of a list are indented.
  return [...document.matchAll(/^( *)```sh *(\w*)\n([^]*?)^\1```$/gm)].map(
    ({ index, 1: indent = "", 2: word, 3: commands = "" }) => ({
      line: document.slice(0, index).split("\n").length + 1,
      need: needOf(word ?? "", file),
      commands: commands
        .split("\n")
        .map((line) => line.slice(indent.length))
        .join("\n")
        .trimEnd(),
    }),
  );
}

function needOf(word: string, file: string): Need {
  if (word === "") return "nothing";
  if (word === "account" || word === "tests") return word;
  throw new UserError(`${file}: after "sh" may stand "account" or "tests" (given ${word})`);
}

await runCommandLine(
  new Command("node run.mjs docs/run-blocks.ts")
    .description(
      "Run a document's blocks of commands, as they stand, in one shell; stop at the first that fails.",
    )
    .argument("<file>", "README.md, or a file in docs/")
    .option("--with <need...>", "also those that need an account, or run the tests: account, tests", [])
    .action(runBlocks),
);
