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

test("without a given mirror, Terraform's own implied places come first; a version that is nowhere is not found", () => {
  delete process.env["TF_PLUGIN_MIRROR"];
  process.env["XDG_DATA_HOME"] = folder;
  provider(join(folder, "terraform/plugins"), "5.100.0");
  expect(findProviderMirror()).toBe(join(folder, "terraform/plugins"));
  expect(findProviderMirror("0.0.1")).toBeUndefined();
});

test("a configuration that a Terraform is reading is not changed under it", () => {
  const files = ["one", "other"].map((name) => {
    const mirror = join(folder, name);
    provider(mirror, "5.100.0");
    process.env["TF_PLUGIN_MIRROR"] = mirror;
    const path = terraformCliConfig(folder) ?? "";
    return { mirror, path, open: openSync(path, "r") };
  });
  expect(new Set(files.map(({ path }) => path)).size).toBe(1);
  for (const { mirror, open } of files) {
    expect(readFileSync(open, "utf8")).toContain(`path = "${mirror}"`);
    closeSync(open);
  }
});
