import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { loadEnvironments } from "../config/load-environments.ts";
import { stackNames } from "../config/names.ts";
import { projectFolder } from "../config/project-folder.ts";
import { useTestEnvironments } from "./support/environments.ts";
import { copySources, editFile } from "./support/repository.ts";

const checkouts = mkdtempSync(join(tmpdir(), "checkouts-"));
afterAll(() => {
  rmSync(checkouts, { recursive: true });
});

/** Another checkout of what synthesis needs. */
function checkout(): string {
  const folder = mkdtempSync(join(checkouts, "checkout-"));
  copySources(folder);
  return folder;
}

const synthesize = (folder: string, env: Record<string, string | undefined> = {}) =>
  execa("node", ["--import", "./typescript.mjs", "main.ts"], {
    cwd: folder,
    reject: false,
    env: { AWS_ENDPOINT_URL: undefined, ...env },
  });

/** SHA-256 of every file, by its path. */
function digests(folder: string): Record<string, string> {
  const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(files.map((file) => [file.slice(folder.length), digest(file)]));
}

describe("synthesis", () => {
  const environments = loadEnvironments();
  const elsewhere = { AWS_ENDPOINT_URL: "http://127.0.0.1:1", TZ: "Pacific/Auckland" };
  let first: string;
  let second: string;
  let withEndpoint: Record<string, string>;
  let overrides: unknown[];

  beforeAll(async () => {
    [first, second] = [checkout(), checkout()];
    const runs = await Promise.all([synthesize(first), synthesize(second, elsewhere)]);
    for (const run of runs) expect(run).toMatchObject({ exitCode: 0 });
    withEndpoint = digests(join(second, "cdktf.out"));
    overrides = environments.map(({ name }) => JSON.parse(readFileSync(overrideOf(name), "utf8")) as unknown);
    expect(await synthesize(second, { TZ: elsewhere.TZ })).toMatchObject({ exitCode: 0 });
  });

  const overrideOf = (environment: string) =>
    join(second, "cdktf.out/stacks", stackNames(environment).messaging, "endpoint_override.tf.json");

  test("makes two stacks of each environment, each with the lock file beside it", () => {
    const stacks = join(first, "cdktf.out/stacks");
    const names = environments.flatMap(({ name }) => Object.values(stackNames(name)));
    expect(readdirSync(stacks).sort()).toEqual(names.sort());
    for (const stack of names)
      expect(readFileSync(join(stacks, stack, ".terraform.lock.hcl"))).toEqual(
        readFileSync(join(projectFolder, "terraform.lock.hcl")),
      );
  });

  test("gives the same tree, byte for byte, twice and in two checkouts", () => {
    expect(digests(join(second, "cdktf.out"))).toEqual(digests(join(first, "cdktf.out")));
  });

  test("puts the settings for another endpoint beside the stack, never into it", () => {
    const tree = digests(join(first, "cdktf.out"));
    for (const [index, { name, state }] of environments.entries()) {
      expect(overrides[index]).toMatchObject({
        provider: { aws: [{ s3_use_path_style: true }] },
        terraform: { backend: { s3: { bucket: state.bucket, use_lockfile: true, use_path_style: true } } },
      });
      const stack = `/stacks/${stackNames(name).messaging}/cdk.tf.json`;
      expect(withEndpoint[stack]).toMatch(/^[0-9a-f]{64}$/);
      expect(withEndpoint[stack]).toBe(tree[stack]);
      expect(existsSync(overrideOf(name))).toBe(false);
    }
  });
});

describe("an environment", () => {
  test("is added by one file and one line, and shares nothing", async () => {
    const folder = checkout();
    useTestEnvironments(folder);
    const environments = join(folder, "config/environments");
    const staging = readFileSync(join(environments, "dev.ts"), "utf8")
      .replace("export const dev:", "export const staging:")
      .replace('name: "dev"', 'name: "staging"')
      .replace('  nameSuffix: "",\n', "")
      .replace("10.10.0.0/16", "10.30.0.0/16")
      .replace("cruddur-messaging-dev-state", "cruddur-messaging-staging-state");
    writeFileSync(join(environments, "staging.ts"), staging);
    writeFileSync(join(environments, "index.ts"), 'export { staging } from "./staging.ts";\n', { flag: "a" });
    expect(await synthesize(folder)).toMatchObject({ exitCode: 0, stderr: "" });

    const namesIn = (stack: string) => {
      const text = readFileSync(join(folder, "cdktf.out/stacks", stack, "cdk.tf.json"), "utf8");
      return text.match(/"(name|function_name|bucket|alarm_name)": "[^$"]+"/g) ?? [];
    };
    const names = namesIn("messaging-staging");
    expect(names).toContain('"bucket": "cruddur-messaging-staging-state"');
    expect(names).toContain('"name": "cruddur-messages-staging"');
    expect(names).toContain('"name": "Users-staging"');
    const ofDev = [...namesIn("messaging-dev"), ...namesIn("bootstrap-dev")];
    const shared = [...names, ...namesIn("bootstrap-staging")].filter((name) => ofDev.includes(name));
    const attributes = ["pk", "sk", "message_group_uuid", "Name", "Title"];
    const inside = [...attributes, "message-group-sk-index", "stream-function"].map(
      (name) => `"name": "${name}"`,
    );
    expect(new Set(shared)).toEqual(new Set(inside));
  });

  test("that is bad ends synthesis: every fault, no stack trace, nothing written, exit code 1", async () => {
    const folder = checkout();
    useTestEnvironments(folder);
    const file = join(folder, "config/environments/dev.ts");
    const dev = readFileSync(file, "utf8");
    writeFileSync(file, dev.replace("batchSize: 100", "batchSize: 0").replace("encryption", "encrypted"));
    const { exitCode, stderr, stdout } = await synthesize(folder);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr.split("\n")).toEqual([
      "config/environments/dev.ts: tables.messages.encryption is missing (given nothing)",
      'config/environments/dev.ts: tables.messages.encrypted is not a setting (given "customer-managed")',
      "config/environments/dev.ts: tables.users.encryption is missing (given nothing)",
      'config/environments/dev.ts: tables.users.encrypted is not a setting (given "customer-managed")',
      "config/environments/dev.ts: trigger.batchSize must be a whole number, 1 to 10000 records (given 0)",
    ]);
    expect(existsSync(join(folder, "cdktf.out"))).toBe(false);
  });

  test("whose addresses another account's environment has gives a warning", async () => {
    const folder = checkout();
    useTestEnvironments(folder);
    editFile(join(folder, "config/environments/prod.ts"), "10.20.0.0", "10.10.0.0");
    expect(await synthesize(folder)).toMatchObject({
      exitCode: 0,
      stderr:
        "Warning: config/environments/prod.ts: network.cidr overlaps that of config/environments/dev.ts: " +
        "the two networks can't be peered, and an address of one is easily mistaken for the other's",
    });
  });

  test("that is over a quota of AWS ends synthesis, with the figure", async () => {
    const folder = checkout();
    useTestEnvironments(folder);
    const topics = ["a", "b", "c", "d", "e", "f"].map(
      (name) => `"arn:aws:sns:ca-central-1:111111111111:${name}"`,
    );
    const file = join(folder, "config/environments/dev.ts");
    editFile(file, "alarms: {", `alarms: { notifyTopicArns: [${topics.join()}],`);
    const { exitCode, stderr } = await synthesize(folder);
    expect(exitCode).toBe(1);
    expect(stderr.split("\n")).toContain(
      "messaging-dev/messaging-stream/alarms/errors (aws_cloudwatch_metric_alarm) has 6 topics to notify; AWS allows 5",
    );
    expect(stderr).not.toContain("    at ");
    const files = readdirSync(join(folder, "cdktf.out"), { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile())).toEqual([]);
  });
});
