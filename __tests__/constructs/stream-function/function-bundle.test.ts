import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { unzipSync } from "fflate";
import { projectFolder } from "../../../config/project-folder.ts";
import { bundleFunction } from "../../../constructs/stream-function/function-bundle.ts";
import { copySources } from "../../support/repository.ts";

const ENTRY = "lambdas/messaging-stream/index.ts";

test("holds the minified code and its source map, and no path of this machine", () => {
  const files = unzipSync(readFileSync(bundleFunction(ENTRY).path));
  expect(Object.keys(files).sort()).toEqual(["index.mjs", "index.mjs.map"]);
  for (const content of Object.values(files))
    expect(Buffer.from(content).includes(projectFolder)).toBe(false);
});

describe("in another checkout, in another time zone", () => {
  const checkout = mkdtempSync(join(tmpdir(), "bundle-of-another-checkout-"));
  const here = bundleFunction(ENTRY).sha256;
  const cache = join(checkout, ".local/function-bundles/messaging-stream.json");
  const zip = join(checkout, ".local/function-bundles", here, "messaging-stream.zip");

  beforeAll(() => {
    copySources(checkout);
  });
  afterAll(() => {
    rmSync(checkout, { recursive: true });
  });

  /** SHA-256 that a process of its own gives the zip there. */
  function bundled(): string {
    const script = `
      import { bundleFunction } from "./constructs/stream-function/function-bundle.ts";
      console.log(bundleFunction("${ENTRY}").sha256);`;
    const loaded = ["--import", "./typescript.mjs", "--input-type=module", "--eval", script];
    const env = { ...process.env, TZ: "Pacific/Auckland" };
    return execFileSync("node", loaded, { cwd: checkout, env, encoding: "utf8" }).trim();
  }

  test("is the same zip, byte for byte, compiled or from the cache; the cache is not written again", () => {
    expect(bundled()).toBe(here);
    const { mtimeMs } = statSync(cache);
    expect(bundled()).toBe(here);
    expect(statSync(cache).mtimeMs).toBe(mtimeMs);
  });

  test.each([
    ["a damaged zip", zip, "PK"],
    ["a damaged list of what it was made from", cache, '{"madeFrom"'],
  ])("%s is not used, but replaced", (_, file, content) => {
    const before = readFileSync(file);
    writeFileSync(file, content);
    expect(bundled()).toBe(here);
    expect(readFileSync(file)).toEqual(before);
  });

  test.each(["lambdas/messaging-stream/log.ts", "package-lock.json"])(
    "%s changed: compiled again",
    (file) => {
      bundled();
      const { mtimeMs } = statSync(cache);
      appendFileSync(join(checkout, file), "\n");
      bundled();
      expect(statSync(cache).mtimeMs).toBeGreaterThan(mtimeMs);
    },
  );
});
