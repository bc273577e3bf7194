import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { App } from "cdktf";
import { loadEnvironments } from "../../config/load-environments.ts";
import { projectFolder } from "../../config/project-folder.ts";
import { BootstrapStack } from "../../stacks/bootstrap-stack.ts";
import { MessagingStack } from "../../stacks/messaging-stack.ts";
import { copyUntrustedStacks, findNewStacks } from "../../terraform/untrusted-stacks.ts";
import { devLiteral, prodLiteral } from "../support/environments.ts";

const place = mkdtempSync(join(tmpdir(), "untrusted-"));
const trusted = join(place, "trusted");
const [from, to] = [join(place, "from"), join(place, "to")];
const stack = join(from, "stacks/messaging-dev");

beforeAll(() => {
  // With all that an environment can have.
  const settings = {
    account: "111111111111",
    pipeline: { repository: "owner/name" },
    tags: { team: "messaging" },
  };
  const app = new App({ outdir: trusted });
  for (const environment of loadEnvironments({
    dev: { ...devLiteral, ...settings },
    prod: { ...prodLiteral, ...settings, account: "222222222222" },
  })) {
    new BootstrapStack(app, environment);
    new MessagingStack(app, environment);
  }
  app.synth();
});
beforeEach(() => {
  for (const folder of [from, to]) rmSync(folder, { recursive: true, force: true });
  cpSync(trusted, from, { recursive: true });
});
afterAll(() => {
  rmSync(place, { recursive: true });
});

const ALL = ["messaging-dev", "bootstrap-dev", "messaging-prod", "bootstrap-prod"];
const copy = (...stacks: readonly string[]) => {
  copyUntrustedStacks({ from, to, trusted, stacks: stacks.length > 0 ? stacks : ["messaging-dev"] });
};

/** What the check says of the stack messaging-dev, a line for each fault. */
function faults(): string[] {
  try {
    copy();
  } catch (error) {
    expect(existsSync(to)).toBe(false);
    return (error as Error).message.split("\n").slice(1, -1);
  }
  return [];
}

/** Adds a part to the stack messaging-dev, before what it has. */
function add(part: string): void {
  const file = join(stack, "cdk.tf.json");
  writeFileSync(file, readFileSync(file, "utf8").replace("{", `{ ${part},`));
}

const LEAK = '"output": { "leak": { "value": "${file(\\"/proc/self/environ\\")}" } }';

test("the stacks of every environment pass, each with its assets and this checkout's lock file", () => {
  copy(...ALL);
  for (const name of ALL) {
    const read = (folder: string, file: string) => readFileSync(join(folder, "stacks", name, file), "utf8");
    expect(JSON.parse(read(to, "cdk.tf.json"))).toEqual(JSON.parse(read(trusted, "cdk.tf.json")));
    expect(read(to, ".terraform.lock.hcl")).toBe(
      readFileSync(join(projectFolder, "terraform.lock.hcl"), "utf8"),
    );
  }
  const files = readdirSync(join(to, "stacks/messaging-dev"), { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => file.endsWith(".zip"))).toHaveLength(1);
});

test("every fault of every stack is said at once", () => {
  add('"data": { "http": {} }, "module": {}');
  writeFileSync(join(from, "stacks/bootstrap-dev/cdk.tf.json"), "{");
  expect(() => {
    copy("messaging-dev", "bootstrap-dev");
  }).toThrow(
    /^The stacks in .*:\n- messaging-dev: data\.http .*\n- messaging-dev: module .*\n- bootstrap-dev: cdk\.tf\.json must be there, and be JSON\n/,
  );
});

test("of a key that is there twice, Terraform gets only what was checked", () => {
  add(LEAK);
  expect(faults()).toEqual([]);
  expect(readFileSync(join(to, "stacks/messaging-dev/cdk.tf.json"), "utf8")).not.toContain("/proc/self");
});

test("an asset must be there", () => {
  rmSync(join(stack, "assets"), { recursive: true });
  expect(faults()).toEqual([expect.stringMatching(/^- messaging-dev: assets\/\S+\.zip is missing$/)]);
});

test("nothing else of the folder is used: no configuration, no plugin, no variables", () => {
  writeFileSync(join(stack, "evil.tf"), 'output "leak" { value = file("/proc/self/environ") }');
  writeFileSync(join(stack, "evil_override.tf.json"), "{}");
  writeFileSync(join(stack, "terraform.tfvars"), "");
  writeFileSync(join(stack, ".terraform.lock.hcl"), "");
  mkdirSync(join(stack, ".terraform/providers"), { recursive: true });
  writeFileSync(join(stack, ".terraform/terraform.tfstate"), "{}");
  writeFileSync(join(stack, "assets/unnamed.zip"), "");
  expect(faults()).toEqual([]);
  expect(readdirSync(to)).toEqual(["stacks"]);
  expect(readdirSync(join(to, "stacks"))).toEqual(["messaging-dev"]);
  expect(readdirSync(join(to, "stacks/messaging-dev")).sort()).toEqual([
    ".terraform.lock.hcl",
    "assets",
    "cdk.tf.json",
  ]);
  expect(readdirSync(join(to, "stacks/messaging-dev/assets"))).not.toContain("unnamed.zip");
});

test.each(["cdk.tf.json", "assets/link.zip", "../../review-exceptions.json"])(
  "a link is refused before anything is read: %s",
  (name) => {
    const file = join(stack, name);
    rmSync(file, { force: true });
    symlinkSync("/proc/self/environ", file);
    expect(faults()).toEqual([expect.stringMatching(/^- \S+ must be a file or a folder$/)]);
  },
);

test("a stack that is missing is named, and so are those of an environment that is new", () => {
  cpSync(stack, join(from, "stacks/messaging-staging"), { recursive: true });
  expect(findNewStacks(from, trusted)).toEqual(["messaging-staging"]);
  rmSync(stack, { recursive: true });
  expect(faults()).toEqual(["- messaging-dev: cdk.tf.json must be there, and be JSON"]);
  expect(() => {
    copyUntrustedStacks({ from: join(place, "none"), to, trusted, stacks: [] });
  }).toThrow(/^--synthesized must name a folder with stacks\//);
});
