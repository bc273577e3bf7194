import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "@jest/globals";
import { useTestEnvironments } from "../support/environments.ts";
import { copySources, editFile, runIn } from "../support/repository.ts";

const checkout = mkdtempSync(join(tmpdir(), "checkout-"));
const file = (name: string) => join(checkout, "config/environments", name);
copySources(checkout);
beforeEach(() => {
  useTestEnvironments(checkout);
});
afterAll(() => {
  rmSync(checkout, { recursive: true });
});

test.each<[faults: string[], make: () => void]>([
  [
    [
      'dev.ts:13: Expected "}" but found "\\"ca-central-1\\""',
      'index.ts:3: Could not resolve "./staging.ts"',
    ],
    () => {
      editFile(file("dev.ts"), "region: ", "region ");
      writeFileSync(file("index.ts"), 'export { staging } from "./staging.ts";\n', { flag: "a" });
    },
  ],
  [
    ['index.ts:2: ./prod.ts has no export named "prod"'],
    () => {
      editFile(file("prod.ts"), "export const prod:", "export const production:");
    },
  ],
  [
    ["dev.ts:13: loading it throws TypeError: Cannot read properties of undefined (reading 'length')"],
    () => {
      editFile(file("dev.ts"), '"ca-central-1"', 'process.env["NO_SUCH"].length');
    },
  ],
  [
    ["index.ts: loading it throws 'a text'"],
    () => {
      writeFileSync(file("index.ts"), 'throw "a text";\n');
    },
  ],
])("files that can't be loaded end a command: %j", async (faults, make) => {
  make();
  const { exitCode, stdout, stderr } = await runIn(checkout, ["smoke", "dev"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr.split("\n")).toEqual(faults.map((fault) => `config/environments/${fault}`));
});

test("a command that needs no environment does its work all the same", async () => {
  editFile(file("dev.ts"), "region: ", "region ");
  expect(await runIn(checkout, ["smoke", "--help"])).toMatchObject({ exitCode: 0, stderr: "" });
});
