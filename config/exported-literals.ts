import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { EXPORTS_FILE } from "./names.ts";
import { projectFolder } from "./project-folder.ts";
import { UserError } from "./user-error.ts";

/**
 * The exports of `config/environments/index.ts`, or the faults for which it can't be loaded. They are kept, not thrown,
 * so that a command that needs no environment does its work.
 */
export const exportedLiterals: Readonly<Record<string, unknown>> | UserError = await loadExports();

async function loadExports() {
  const areMapped = process.sourceMapsEnabled;
  // So that stack traces have the lines of the files, whatever loader reads them (typescript.mjs).
  process.setSourceMapsEnabled(true);
  try {
    return await import("./environments/index.ts");
  } catch (error) {
    return new UserError((await findFaultsOfCode()) ?? describeException(error));
  } finally {
    process.setSourceMapsEnabled(areMapped);
  }
}

/** Finds syntax errors, and files and exports that don't exist. esbuild finds all, and says them alike on every Node.js. */
async function findFaultsOfCode(): Promise<string | undefined> {
  const { build } = await import("esbuild");
  try {
    await build({
      absWorkingDir: projectFolder,
      entryPoints: [EXPORTS_FILE],
      bundle: true,
      format: "esm",
      packages: "external",
      write: false,
      logLevel: "silent",
    });
    return undefined;
  } catch (failure) {
    const { errors } = failure as Awaited<ReturnType<typeof build>>;
    return errors
      .map(({ text, location }) => `${location?.file ?? EXPORTS_FILE}:${location?.line ?? 1}: ${text}`)
      .join("\n");
  }
}

/** Describes what the files throw, with the place in `config/environments/` that its stack trace names first. */
function describeException(error: unknown): string {
  const { message = "", stack = "" } = (error ?? {}) as Partial<Error>;
  const [, file = EXPORTS_FILE, line] = /(config\/environments\/[\w.-]+\.ts)(?::(\d+))?/.exec(stack) ?? [];
  const [, module, name] = /module '(.+)' does not provide an export named '(.+)'/.exec(message) ?? [];
  if (module !== undefined && name !== undefined)
    return `${file}:${lineWith(file, [module, name])}: ${module} has no export named "${name}"`;
  const thrown = error instanceof Error ? String(error) : inspect(error);
  return `${line === undefined ? file : `${file}:${line}`}: loading it throws ${thrown}`;
}

/** Finds the line with some texts. Node.js counts that of an import in what the loader made of the file. */
function lineWith(file: string, texts: readonly string[]): number {
  const lines = readFileSync(join(projectFolder, file), "utf8").split("\n");
  return lines.findIndex((line) => texts.every((text) => line.includes(text))) + 1;
}
