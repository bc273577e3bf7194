import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { unzipSync } from "fflate";
import { bundleFunction } from "../../../constructs/stream-function/function-bundle.ts";
import { projectFolder } from "../../../config/project-folder.ts";

const copy = mkdtempSync(join(tmpdir(), "bundle-of-another-checkout-"));
afterAll(() => {
  rmSync(copy, { recursive: true });
});

test("holds the minified code and its source map, and no path of this machine", () => {
  const files = unzipSync(readFileSync(bundleFunction("lambdas/messaging-stream/index.ts").path));
  expect(Object.keys(files).sort()).toEqual(["index.mjs", "index.mjs.map"]);
  for (const content of Object.values(files))
    expect(Buffer.from(content).includes(projectFolder)).toBe(false);
});

test("is the same zip, byte for byte, from another checkout, at another time, in another time zone", () => {
  for (const entry of ["constructs", "lambdas", "messaging", "package.json", "tsconfig.json"])
    cpSync(join(projectFolder, entry), join(copy, entry), { recursive: true });
  symlinkSync(join(projectFolder, "node_modules"), join(copy, "node_modules"));
  const script = `
    import { bundleFunction } from ${JSON.stringify(join(copy, "constructs/function-bundle.ts"))};
    console.log(bundleFunction("lambdas/messaging-stream/index.ts").sha256);`;
  const there = execFileSync("node", ["--import", "tsx", "--input-type=module", "--eval", script], {
    cwd: copy,
    env: { ...process.env, TZ: "Pacific/Auckland" },
    encoding: "utf8",
  });
  expect(there.trim()).toBe(bundleFunction("lambdas/messaging-stream/index.ts").sha256);
});
