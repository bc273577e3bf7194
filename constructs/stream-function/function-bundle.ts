import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { buildSync } from "esbuild";
import { zipSync } from "fflate";
import { projectFolder } from "../../config/project-folder.ts";
import { replaceFile } from "../../config/replace-file.ts";

/** A function's code, packed for Lambda. */
export interface FunctionBundle {
  /** The zip. */
  readonly path: string;
  /** SHA-256 of the zip, in hexadecimal. */
  readonly sha256: string;
  /** What Lambda names as the handler. */
  readonly handler: string;
}

/**
 * Parts of the SDK that no function here reaches, and what stands in for each; the module there says why that is
 * safe. They are half of the code that Lambda would load at every cold start.
 */
const LEFT_OUT = {
  "@aws-sdk/credential-provider-node": "./lambdas/sdk/no-default-credentials.ts",
  "@aws-sdk/endpoint-cache": "./lambdas/sdk/no-endpoint-cache.ts",
  "@smithy/core/event-streams": "./lambdas/sdk/no-event-streams.ts",
};

/** What decides the zip beside the modules that are in it. */
const RECIPE = ["package-lock.json", "tsconfig.json", relative(projectFolder, import.meta.filename)];

/** The earliest time that a zip can hold; the time is not content. */
const NO_TIME = new Date(1980, 0, 1);

/** The project's ignored folder; the zips in it are named by their content. */
const CACHE = join(projectFolder, ".local/function-bundles");

const bundles = new Map<string, FunctionBundle>();

/**
 * Packs a function with all it needs, its own AWS SDK too. The same source and lock file give the same zip,
 * byte for byte, wherever and whenever. It is compiled only when a file that it is made from has changed.
 *
 * @param entry the module that exports `handler`, as a path from the project's folder.
 */
export function bundleFunction(entry: string): FunctionBundle {
  const earlier = bundles.get(entry);
  if (earlier) return earlier;
  const name = basename(dirname(entry));
  const digest = cachedZip(name) ?? makeZip(entry, name);
  const bundle = { path: zipFile(name, digest), sha256: digest, handler: "index.handler" };
  bundles.set(entry, bundle);
  return bundle;
}

/** What a zip was made from. */
interface CacheEntry {
  /** SHA-256 of each file, by its path from the project's folder. */
  readonly madeFrom: Readonly<Record<string, string>>;
  /** SHA-256 of the zip. */
  readonly zip: string;
}

const cacheFile = (name: string) => join(CACHE, `${name}.json`);
const zipFile = (name: string, digest: string) => join(CACHE, digest, `${name}.zip`);

/** @returns the digest of the zip; undefined where there is none, or it is damaged, or was made from other files. */
function cachedZip(name: string): string | undefined {
  try {
    const { madeFrom, zip } = JSON.parse(readFileSync(cacheFile(name), "utf8")) as CacheEntry;
    const isCurrent =
      sha256(readFileSync(zipFile(name, zip))) === zip &&
      Object.entries(madeFrom).every(([path, digest]) => digestOf(path) === digest);
    return isCurrent ? zip : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the digest of the zip. */
function makeZip(entry: string, name: string): string {
  const { code, sourceMap, inputs } = compileFunction(entry);
  const files = { "index.mjs": code, "index.mjs.map": sourceMap };
  const content = zipSync(files, { level: 9, mtime: NO_TIME, os: 3 });
  const madeFrom = Object.fromEntries([...RECIPE, ...inputs].map((path) => [path, digestOf(path)]));
  const zip = sha256(content);
  replaceFile(zipFile(name, zip), content);
  replaceFile(cacheFile(name), JSON.stringify({ madeFrom, zip } satisfies CacheEntry));
  return zip;
}

const digestOf = (path: string) => sha256(readFileSync(join(projectFolder, path)));
const sha256 = (content: Uint8Array) => hash("sha256", content);

/** A function's code as one minified module, and what went into it. */
export interface CompiledFunction {
  readonly code: Uint8Array;
  /** Leads from the code back to the sources. */
  readonly sourceMap: Uint8Array;
  /** Every module that was read, as a path from the project's folder. */
  readonly inputs: readonly string[];
  /** Bytes of the code, by the module that they come from. */
  readonly bytesOf: Readonly<Record<string, number>>;
}

/**
 * Compiles a function with all it needs.
 *
 * Node.js reads the source map only with `--enable-source-maps`, which costs every cold start time; so it's there
 * for whoever reads a stack trace, and the function is not told to.
 *
 * @param entry the module that exports `handler`, as a path from the project's folder.
 * @param whole leaves nothing of the SDK out. Default: false.
 */
export function compileFunction(entry: string, whole = false): CompiledFunction {
  const { outputFiles, metafile } = buildSync({
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
    metafile: true,
    platform: "node",
    target: "node22",
    format: "esm",
    mainFields: ["module", "main"],
    alias: whole ? {} : LEFT_OUT,
    legalComments: "none",
    logLevel: "error",
  });
  const content = (name: string) => outputFiles.find(({ path }) => basename(path) === name)?.contents;
  const [code, sourceMap] = [content("index.mjs"), content("index.mjs.map")];
  const parts = metafile.outputs["index.mjs"]?.inputs ?? {};
  if (!code || !sourceMap) throw new Error(`esbuild made nothing of ${entry}`);
  return {
    code,
    sourceMap,
    inputs: Object.keys(metafile.inputs),
    bytesOf: Object.fromEntries(
      Object.entries(parts).map(([path, { bytesInOutput }]) => [path, bytesInOutput]),
    ),
  };
}
