import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { projectFolder } from "../config/project-folder.ts";
import { pinnedProviderVersion } from "../terraform/provider-mirror.ts";

const read = (...path: string[]) => readFileSync(join(projectFolder, ...path), "utf8").trim();

const folder = ".github/workflows";
const workflows = readdirSync(join(projectFolder, folder)).map((file) => read(folder, file));

/** Every value that the workflows give to an input. */
const inputs = (name: string) =>
  workflows.flatMap((workflow) =>
    [...workflow.matchAll(new RegExp(`^ *${name}: *["']?([^"'\\s]+)`, "gm"))].map(([, value]) => value),
  );

test.each([
  ["node-version", ".nvmrc"],
  ["terraform_version", ".terraform-version"],
])("the workflows' %s is that of %s", (input, file) => {
  const given = inputs(input);
  expect(given.length + inputs(`${input}-file`).length).toBeGreaterThan(0);
  expect(new Set(given)).toEqual(new Set(given.length > 0 ? [read(file)] : []));
});

test("the AWS provider is the one that its classes were generated from", () => {
  const { cdktf } = JSON.parse(read("node_modules/@cdktf/provider-aws/package.json")) as {
    cdktf: { provider: { version: string } };
  };
  expect(pinnedProviderVersion()).toBe(cdktf.provider.version);
});
