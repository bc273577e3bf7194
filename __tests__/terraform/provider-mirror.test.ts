import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findProviderMirror, terraformCliConfig } from "../../terraform/provider-mirror.ts";

const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
const before = { ...process.env };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirror-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  process.env = { ...before };
});

const provider = (mirror: string, version: string) =>
  mkdirSync(join(mirror, "registry.terraform.io/hashicorp/aws", version, platform), { recursive: true });

test("a given mirror is taken, if it has the version of the lock file", () => {
  process.env["TF_PLUGIN_MIRROR"] = folder;
  provider(folder, "5.99.0");
  expect(() => findProviderMirror()).toThrow(
    `TF_PLUGIN_MIRROR must name a folder with registry.terraform.io/hashicorp/aws/5.100.0 for ${platform} (given ${folder}).`,
  );
  provider(folder, "5.100.0");
  expect(findProviderMirror()).toBe(folder);
});

test("Terraform's own implied places come before all others", () => {
  delete process.env["TF_PLUGIN_MIRROR"];
  process.env["XDG_DATA_HOME"] = folder;
  provider(join(folder, "terraform/plugins"), "5.100.0");
  expect(findProviderMirror()).toBe(join(folder, "terraform/plugins"));
});

test("a version that is nowhere is not found", () => {
  delete process.env["TF_PLUGIN_MIRROR"];
  expect(findProviderMirror("0.0.1")).toBeUndefined();
});

test("a configuration that a Terraform is reading is not changed under it", () => {
  const mirrors = ["one", "other"].map((name) => join(folder, name)) as [string, string];
  const [file, again] = mirrors.map((mirror) => {
    provider(mirror, "5.100.0");
    process.env["TF_PLUGIN_MIRROR"] = mirror;
    const path = terraformCliConfig(folder) ?? "";
    return { path, open: openSync(path, "r") };
  });
  expect(file?.path).toBe(again?.path);
  expect([file, again].map((one) => readFileSync(one?.open ?? -1, "utf8"))).toEqual(
    mirrors.map((mirror) => expect.stringContaining(`path = "${mirror}"`) as unknown),
  );
  for (const one of [file, again]) closeSync(one?.open ?? -1);
});
