import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { zipSync, type Zippable } from "fflate";

/** A function's code, packed for Lambda. */
export interface FunctionBundle {
  /** The zip, there until the process ends. */
  readonly path: string;
  /** SHA-256 of the zip, in hexadecimal. */
  readonly sha256: string;
  /** What Lambda names as the handler. */
  readonly handler: string;
}

/** The earliest time that a zip can hold; the time is not content. */
const NO_TIME = new Date(1980, 0, 1);

const projectFolder = dirname(import.meta.dirname);
const bundles = new Map<string, FunctionBundle>();

/**
 * Packs a function with all it needs, its own AWS SDK too. The same source and lock file give the same zip,
 * byte for byte, wherever and whenever.
 *
 * @param entry the module that exports `handler`, as a path from the project's folder.
 */
export function bundleFunction(entry: string): FunctionBundle {
  const earlier = bundles.get(entry);
  if (earlier) return earlier;
  const zip = zipSync(compile(entry), { level: 9, mtime: NO_TIME, os: 3 });
  const folder = mkdtempSync(join(tmpdir(), "messaging-bundle-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const path = join(folder, `${basename(dirname(entry))}.zip`);
  writeFileSync(path, zip);
  const bundle = { path, sha256: createHash("sha256").update(zip).digest("hex"), handler: "index.handler" };
  bundles.set(entry, bundle);
  return bundle;
}

function compile(entry: string): Zippable {
  const { outputFiles } = buildSync({
    absWorkingDir: projectFolder,
    // Where node_modules is a link, its target's place must not show in the source map.
    preserveSymlinks: true,
    entryPoints: [entry],
    outfile: "index.mjs",
    bundle: true,
    write: false,
    minify: true,
    sourcemap: "linked",
    sourcesContent: false,
    platform: "node",
    target: "node22",
    format: "esm",
    mainFields: ["module", "main"],
    legalComments: "none",
    logLevel: "error",
  });
  return Object.fromEntries(outputFiles.map((file) => [basename(file.path), file.contents]));
}
