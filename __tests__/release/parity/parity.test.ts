import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { environmentSchema } from "../../../config/environment.ts";
import { loadEnvironments } from "../../../config/load-environments.ts";
import { settingDifferences, applySetting } from "../../../release/parity/setting-differences.ts";
import { type Parity, parity, formatParity } from "../../../release/parity/parity.ts";
import { dev, devLiteral, prod } from "../../support/environments.ts";
import { editFile, makeRepository, runIn } from "../../support/repository.ts";

describe("dev and prod", () => {
  let found: Parity;
  beforeAll(async () => {
    found = await parity(dev, prod);
  });

  test("differ only by their settings", () => {
    expect(found.differences.length).toBeGreaterThan(30);
    expect(found.differences.filter(({ settings }) => settings.length === 0)).toEqual([]);
    expect(formatParity(found)[0]).toMatch(/^dev and prod differ in \d+ places, each by a setting$/);
  });

  test.each([
    ["messaging/messages-table/table", "billing_mode", "tables.messages.billing"],
    ["messaging/messages-table/table", "global_secondary_index.0.read_capacity", "tables.messages.billing"],
    ["messaging/users-table/table", "deletion_protection_enabled", "tables.users.deletionProtection"],
    ["messaging/messaging-stream/trigger", "parallelization_factor", "trigger.parallelizationFactor"],
    ["messaging/messaging-stream/function", "memory_size", "function.memoryMegabytes"],
    ["messaging/network/vpc", "cidr_block", "network.cidr"],
    ["messaging/network/subnet-3", "", "network.zones"],
    ["bootstrap/state/bucket", "bucket", "state.bucket"],
    ["messaging", "provider.aws.0.default_tags.0.tags.environment", "name"],
  ])("%s %s differs by %s", (place, attribute, setting) => {
    const difference = expect.objectContaining({ place, attribute, settings: [setting] }) as unknown;
    expect(found.differences).toContainEqual(difference);
  });

  test("have a setting that changes no stack, and that is said", () => {
    expect(found.unused).toEqual(["protected"]);
    expect(formatParity(found).at(-1)).toBe(
      "Settings that differ and change nothing in the stacks: protected",
    );
  });
});

test("an environment doesn't differ from itself; from one that is named otherwise it does by its name", async () => {
  const { nameSuffix: _, ...other } = { ...dev, name: "other" };
  const [same, { differences }] = await Promise.all([parity(dev, dev), parity(dev, other)]);
  expect(same.differences).toEqual([]);
  expect(differences).toContainEqual({
    place: "messaging/users-table/table",
    attribute: "name",
    from: "Users",
    to: "Users-other",
    settings: ["nameSuffix"],
  });
  expect(differences.filter(({ settings }) => settings.length === 0)).toEqual([]);
});

test("no stack of the project asks for its environment's name", async () => {
  await Promise.all(
    loadEnvironments().map(async (environment) => {
      const { differences } = await parity(environment, { ...environment, name: "renamed" });
      expect(differences).not.toEqual([]);
      expect(differences.filter(({ settings }) => settings.length === 0)).toEqual([]);
    }),
  );
});

describe("settings that differ", () => {
  test("are told one by one; what has another form is told as a whole", () => {
    const differing = settingDifferences(dev, prod);
    expect(differing.map(({ setting }) => setting)).toEqual(
      expect.arrayContaining(["name", "network.cidr", "network.zones", "tables.users.billing"]),
    );
    const memory = { setting: "function.memoryMegabytes", from: 256, to: 512 };
    expect(differing).toContainEqual(expect.objectContaining(memory));
  });

  test("taken over one after another, make the one environment the other", () => {
    expect(settingDifferences(dev, prod).reduce(applySetting, dev)).toEqual(prod);
    expect(settingDifferences(prod, dev).reduce(applySetting, prod)).toEqual(dev);
    expect(dev).toEqual(environmentSchema.parse(devLiteral));
  });
});

const place = mkdtempSync(join(tmpdir(), "parity-test-"));
afterAll(() => {
  rmSync(place, { recursive: true });
});

test("a stack that asks which environment it is in is found out: exit code 1, and what differs by no setting comes first", async () => {
  const checkout = await makeRepository(join(place, "checkout"));
  editFile(
    join(checkout, "constructs/stream-function/stream-function.ts"),
    "memorySize: environment.function.memoryMegabytes",
    'memorySize: 128, publish: environment.name === "prod"',
  );
  editFile(
    join(checkout, "stacks/messaging-stack.ts"),
    'new TerraformOutput(this, "users_table"',
    'if (environment.name === "prod") new TerraformOutput(this, "users_table"',
  );
  const { exitCode, stdout } = await runIn(checkout, ["parity", "dev", "prod"]);
  expect(exitCode).toBe(1);
  expect(stdout.split("\n").slice(0, 4)).toEqual([
    expect.stringMatching(/^dev and prod differ in \d+ places, and 2 of them by no setting:$/),
    '  messaging output.users_table.value: nothing → "${aws_dynamodb_table.users-table_CD9EEDAB.name}"  [NO SETTING]',
    "  messaging/messaging-stream/function publish: false → true  [NO SETTING]",
    "A stack must not ask which environment it is in: make a setting of it in config/environment.ts. All of it:",
  ]);
  expect(stdout).toContain("change nothing in the stacks: protected, function.memoryMegabytes");
});
